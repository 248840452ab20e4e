// The search of the reference. Without it the page is complete.
(function () {
	"use strict";
	var MOST = 30, query = document.getElementById("ui-query"), found = document.getElementById("ui-found");
	var count = document.getElementById("ui-count"), index = null, selected = -1;

	function text(element) { return element.textContent.replace(/\s+/g, " ").trim(); }

	// The same with a blank between parts that stand in lines of their own.
	function words_in(element) {
		var walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), parts = [];
		while (walker.nextNode()) parts.push(walker.currentNode.data);
		return parts.join(" ").replace(/\s+/g, " ").trim();
	}

	// What is behind a heading, up to the next one.
	function below(heading) {
		var parts = [], next = heading.nextElementSibling;
		while (next && !/^(H[123]|ARTICLE)$/.test(next.tagName)) {
			parts.push(words_in(next));
			next = next.nextElementSibling;
		}
		return parts.join(" ");
	}

	function entry(id, title, body, chapter, weight) {
		return { id: id, title: title, body: body, chapter: chapter, weight: weight,
			low: title.toLowerCase(), all: (title + " " + body).toLowerCase() };
	}

	function build() {
		var list = [];
		document.querySelectorAll(".chapter").forEach(function (chapter) {
			var name = text(chapter.querySelector("h1"));
			chapter.querySelectorAll("h2, h3").forEach(function (h) {
				list.push(entry(h.id, text(h), below(h), name, 2));
			});
			chapter.querySelectorAll("article").forEach(function (a) {
				var title = text(a.querySelector("h4"));
				list.push(entry(a.id, title, words_in(a).slice(title.length).trim(), name, 3));
			});
			chapter.querySelectorAll("dt[id]").forEach(function (dt) {
				list.push(entry(dt.id, text(dt), text(dt.nextElementSibling), name, 2));
			});
		});
		return list;
	}

	// How well an entry fits all words; 0: not at all. Words side by side count, most in the first sentence.
	function score(one, words) {
		var at_phrase = words.length > 1 ? one.all.indexOf(words.join(" ")) : -1;
		var sum = at_phrase < 0 ? 0 : at_phrase < one.title.length + 40 ? 12 : 3;
		for (var i = 0; i < words.length; i++) {
			var at = one.low.indexOf(words[i]);
			if (at === 0) sum += 8 * one.weight;
			else if (at > 0) sum += (/\w/.test(one.low[at - 1]) ? 2 : 5) * one.weight;
			else if (one.all.indexOf(words[i]) >= 0) sum += 1;
			else return 0;
		}
		return sum + 1 / (1 + one.title.length);
	}

	function mark(parent, string, words) {
		var low = string.toLowerCase(), at = 0;
		while (at < string.length) {
			var first = -1, length = 0;
			words.forEach(function (word) {
				var i = low.indexOf(word, at);
				if (i >= 0 && (first < 0 || i < first)) { first = i; length = word.length; }
			});
			parent.append(string.slice(at, first < 0 ? string.length : first));
			if (first < 0) return;
			var m = document.createElement("mark");
			m.textContent = string.substr(first, length);
			parent.append(m);
			at = first + length;
		}
	}

	function snippet(one, words) {
		var low = one.body.toLowerCase(), at = -1;
		words.forEach(function (word) {
			var i = low.indexOf(word);
			if (i >= 0 && (at < 0 || i < at)) at = i;
		});
		var from = Math.max(0, at - 30);
		return (from > 0 ? "... " : "") + one.body.substr(from, 160);
	}

	function row(one, words, i) {
		var li = document.createElement("li"), where = document.createElement("span"), title = document.createElement("b");
		var small = document.createElement("small");
		li.id = "ui-found-" + i;
		li.dataset.to = one.id;
		li.setAttribute("role", "option");
		where.className = "where";
		where.textContent = one.chapter;
		mark(title, one.title, words);
		mark(small, snippet(one, words), words);
		li.append(where, title, small);
		return li;
	}

	function select(i) {
		var rows = found.children;
		if (rows[selected]) rows[selected].setAttribute("aria-selected", "false");
		selected = rows.length ? (i + rows.length) % rows.length : -1;
		if (selected < 0) return query.removeAttribute("aria-activedescendant");
		rows[selected].setAttribute("aria-selected", "true");
		rows[selected].scrollIntoView({ block: "nearest" });
		query.setAttribute("aria-activedescendant", rows[selected].id);
	}

	function show(is_open) {
		found.hidden = !is_open;
		query.setAttribute("aria-expanded", is_open ? "true" : "false");
	}

	function search() {
		var words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
		index = index || build();
		var hits = words.length ? index.map(function (one) { return { one: one, score: score(one, words) }; })
			.filter(function (hit) { return hit.score > 0; })
			.sort(function (a, b) { return b.score - a.score; }) : [];
		found.replaceChildren();
		hits.slice(0, MOST).forEach(function (hit, i) { found.append(row(hit.one, words, i)); });
		count.textContent = words.length ? hits.length + (hits.length === 1 ? " result" : " results") : "";
		selected = -1;
		select(0);
		show(hits.length > 0);
	}

	function go(li) {
		if (!li) return;
		show(false);
		query.blur();
		location.hash = li.dataset.to;
	}

	query.addEventListener("input", search);
	query.addEventListener("focus", function () { if (query.value) search(); });
	query.addEventListener("blur", function () { show(false); });
	query.addEventListener("keydown", function (e) {
		if (e.key === "ArrowDown") select(selected + 1);
		else if (e.key === "ArrowUp") select(selected - 1);
		else if (e.key === "Enter") go(found.children[selected]);
		else if (e.key === "Escape") { if (found.hidden) query.blur(); show(false); }
		else return;
		e.preventDefault();
	});
	found.addEventListener("mousedown", function (e) {
		e.preventDefault();
		go(e.target.closest("li"));
	});
	document.addEventListener("keydown", function (e) {
		if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA)$/.test(e.target.tagName)) return;
		e.preventDefault();
		query.focus();
		query.select();
	});
	document.getElementById("ui-search").hidden = false;

	// the contents of the chapter that is read
	function follow() {
		var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
		var chapter = target && target.closest(".chapter");
		document.querySelectorAll("#ui-contents details").forEach(function (d) {
			if (chapter && d.querySelector("summary a").hash === "#" + chapter.id) d.open = true;
		});
	}
	addEventListener("hashchange", follow);
	follow();
}());
