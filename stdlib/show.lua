local show = {}
return setmetatable(show, { __call = function(_, value) print(value) end })
