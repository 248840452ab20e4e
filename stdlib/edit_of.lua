--- edit_of(change, attribute): the change's edit of that attribute, or nil.
return function(change, attribute)
	for _, e in ipairs(change.edits) do
		if e.attribute:lower() == attribute:lower() then
			return e
		end
	end
end
