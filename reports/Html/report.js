"use strict";
(() => {
    const form = document.getElementById("filter");
    const opened = [];
    const open = (element) => {
        for (let at = element; at; at = at.parentElement) {
            if (at.tagName === "DETAILS") {
                at.open = true;
            }
        }
    };
    const target = () => {
        const element = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
        if (element) {
            open(element);
            element.hidden = false;
            settle(element);
        }
    };

    // What comes into view turns out larger than was thought, a frame later, and moves what was aimed at.
    const settle = (element, frames = 10) => {
        element.scrollIntoView();
        if (frames > 0) {
            requestAnimationFrame(() => settle(element, frames - 1));
        }
    };
    addEventListener("beforeprint", () => {
        for (const details of document.querySelectorAll("details:not([open])")) {
            details.open = true;
            opened.push(details);
        }
    });
    addEventListener("afterprint", () => {
        for (const details of opened.splice(0)) {
            details.open = false;
        }
    });
    if (!form) {
        addEventListener("hashchange", target);
        target();
        return;
    }

    const names = ["q", "level", "environment", "rule", "standing"];
    const fields = names.map((name) => document.getElementById(name));
    const status = document.getElementById("shown");
    const findings = Array.from(document.querySelectorAll("#findings article"), (element) => ({
        element,
        text: null,
        level: element.dataset.level,
        rule: element.dataset.rule,
        environments: element.dataset.environments.split(", "),
        standing: element.dataset.standing,
    }));
    const prefix = "#findings?";

    const apply = () => {
        const [words, level, environment, rule, standing] = fields.map((field) => field.value);
        const wanted = words.toLowerCase().split(/\s+/).filter((word) => word);
        let shown = 0;
        for (const finding of findings) {
            if (wanted.length && finding.text === null) {
                finding.text = finding.element.textContent.toLowerCase();
            }

            const matches =
                (!level || finding.level === level) &&
                (!rule || finding.rule === rule) &&
                (!standing || finding.standing === standing) &&
                (!environment || finding.environments.includes(environment)) &&
                wanted.every((word) => finding.text.includes(word));
            finding.element.hidden = !matches;
            shown += matches ? 1 : 0;
        }

        status.textContent = `${shown} of ${findings.length} findings shown`;
    };
    const keep = () => {
        const query = new URLSearchParams();
        names.forEach((name, i) => fields[i].value && query.set(name, fields[i].value));
        history.replaceState(null, "", query.size ? prefix + query : location.pathname + location.search);
        apply();
    };
    const restore = () => {
        if (location.hash.startsWith(prefix)) {
            const query = new URLSearchParams(location.hash.slice(prefix.length));
            names.forEach((name, i) => {
                fields[i].value = query.get(name) ?? "";
            });
            document.getElementById("findings").scrollIntoView();
        } else {
            target();
        }

        apply();
        if (!location.hash.startsWith(prefix)) {
            target();
        }
    };

    for (const link of document.querySelectorAll("a[data-filter]")) {
        if (link.dataset.filter) {
            link.href = `${prefix}${link.dataset.filter}`;
        }
    }

    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", keep);
    form.addEventListener("reset", () => setTimeout(keep));
    addEventListener("hashchange", restore);
    restore();
})();
