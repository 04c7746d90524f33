
'use strict';
// Draws the tables of the page. Values of logs reach the page as text only, never as markup.
(() => {
    const ROW = 28; // pixels, as in the style
    const MARGIN = 20; // rows drawn above and below what is seen
    const MAX_PRINTED = { findings: 5000, others: 60 }; // rows
    const MAX_PRINTED_DETAILS = 300; // findings
    const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'];

    const data = JSON.parse(document.getElementById('tables').textContent);
    const texts = data.texts;
    const leads = new Map(data.leads);
    const grids = new Map();

    /** An element with properties and children; texts become text nodes. */
    function element(tag, properties, ...children) {
        const made = Object.assign(document.createElement(tag), properties);
        made.append(...children);
        return made;
    }

    /** The numbers of the texts of a field. */
    function numbers(row, field) {
        const found = [];
        for (let at = 0; at < row.length; at += 2) {
            if (row[at] === field) {
                found.push(row[at + 1]);
            }
        }
        return found;
    }

    const values = (row, field) => numbers(row, field).map((number) => texts[number]);
    const value = (row, field) => values(row, field)[0] || '';
    const utc = (time) => time.replace('T', ' ').replace('Z', '');

    function duration(seconds) {
        const units = [[86400, 'd', 3600, 'h'], [3600, 'h', 60, 'min'], [60, 'min', 1, 's']];
        const unit = units.find(([size]) => seconds >= size);
        if (!unit) {
            return `${seconds} s`;
        }
        const [size, name, small, smallName] = unit;
        return `${Math.floor(seconds / size)} ${name} ${Math.floor((seconds % size) / small)} ${smallName}`;
    }

    async function copy(text, button) {
        try {
            await navigator.clipboard.writeText(text);
        } catch {
            const area = element('textarea', { value: text });
            document.body.append(area);
            area.select();
            document.execCommand('copy');
            area.remove();
        }
        say(button ? 'copied' : 'finding copied');
    }

    function say(text) {
        document.getElementById('said').textContent = text;
    }

    /** What a cell shows of one value. */
    function shown(kind, number) {
        const text = texts[number];
        switch (kind) {
        case 'severity':
            return element('span', { className: `badge ${SEVERITIES.includes(text) ? text : ''}` }, text);
        case 'actor': {
            const length = leads.get(number) || 0;
            const lead = element('span', { className: 'lead' }, text.slice(0, length));
            return element('span', {}, lead, text.slice(length));
        }
        case 'time':
            return utc(text);
        case 'seconds':
            return duration(Number(text));
        case 'word':
            return text.replaceAll('_', ' ');
        default:
            return text;
        }
    }

    function fill(cell, kind, found, isWhole) {
        const some = isWhole || kind === 'word' ? found : found.slice(0, 1);
        some.forEach((number, at) => cell.append(at > 0 ? ', ' : '', shown(kind, number)));
        if (found.length > some.length) {
            cell.append(` +${found.length - some.length}`);
        }
        cell.title = found.slice(0, 50).map((number) => texts[number]).join('\n');
    }

    /** A table of which only the rows that are seen are in the page. */
    class Grid {
        constructor(spec) {
            this.spec = spec;
            this.field = new Map(spec.fields.map((name, number) => [name, number]));
            this.view = spec.rows.map((_, at) => at);
            this.open = new Map(); // row → height of its details in pixels
            this.selected = -1; // place in the view
            this.sorted = { column: -1, down: false };
            this.section = document.getElementById(spec.id);
            this.body = element('tbody');
            this.frame = element('div', { className: 'frame', tabIndex: -1 });
            this.frame.append(element('table', { className: 'grid' }, this.columns(), this.head(), this.body));
            this.section.querySelector('noscript').after(this.frame);
            this.frame.addEventListener('scroll', () => this.later(), { passive: true });
            this.body.addEventListener('click', (event) => this.click(event));
        }

        columns() {
            const all = this.spec.columns.reduce((sum, [, , , share]) => sum + share, 0);
            const group = element('colgroup');
            this.spec.columns.forEach(([, , , share]) => {
                const column = element('col');
                column.style.width = `${100 * share / all}%`;
                group.append(column);
            });
            return group;
        }

        head() {
            const cells = this.spec.columns.map(([, title, kind], at) => {
                const button = element('button', { type: 'button', onclick: () => this.sort(at) }, title);
                return element('th', { className: kind, scope: 'col' }, button);
            });
            this.headings = cells;
            return element('thead', {}, element('tr', {}, ...cells));
        }

        /** Sorts by a column; once more the other way around. */
        sort(at) {
            const down = this.sorted.column === at ? !this.sorted.down : ['severity', 'number', 'seconds'].includes(this.spec.columns[at][2]);
            this.sorted = { column: at, down };
            this.arrange();
            this.headings.forEach((heading, number) => {
                heading.setAttribute('aria-sort', number !== at ? 'none' : down ? 'descending' : 'ascending');
            });
            this.select(-1);
            this.frame.scrollTop = 0;
            this.draw();
        }

        arrange() {
            const { column, down } = this.sorted;
            if (column < 0) {
                return;
            }
            const [field, , kind] = this.spec.columns[column];
            const keys = new Map(this.view.map((row) => [row, this.key(this.spec.rows[row], row, field, kind)]));
            const sign = down ? -1 : 1;
            this.view.sort((a, b) => {
                const [x, y] = [keys.get(a), keys.get(b)];
                return x < y ? -sign : x > y ? sign : a - b;
            });
        }

        key(row, number, field, kind) {
            const text = value(row, field);
            switch (kind) {
            case 'severity':
                return SEVERITIES.indexOf(text);
            case 'number':
            case 'seconds':
                return text === '' ? -1 : Number(text);
            case 'time':
                return this.spec.id === 'findings' ? number : text;
            case 'actor':
                return text.slice(leads.get(numbers(row, field)[0]) || 0).toLowerCase();
            default:
                return text.toLowerCase();
            }
        }

        show(rows) {
            this.view = rows;
            this.arrange();
            this.selected = -1;
            this.frame.scrollTop = 0;
            this.draw();
        }

        /** Pixels above a place in the view. */
        above(place) {
            let pixels = place * ROW;
            this.opened().forEach(([at, height]) => {
                pixels += at < place ? height : 0;
            });
            return pixels;
        }

        opened() {
            if (this.open.size === 0) {
                return [];
            }
            return this.view.flatMap((row, at) => (this.open.has(row) ? [[at, this.open.get(row)]] : []));
        }

        /** The place in the view at a height in pixels. */
        at(pixels) {
            let passed = 0;
            for (const [place, height] of this.opened()) {
                const bottom = (place + 1) * ROW + passed;
                if (pixels < bottom) {
                    break;
                }
                if (pixels < bottom + height) {
                    return place;
                }
                passed += height;
            }
            return Math.floor((pixels - passed) / ROW);
        }

        later() {
            if (!this.waits) {
                this.waits = true;
                requestAnimationFrame(() => {
                    this.waits = false;
                    this.draw();
                });
            }
        }

        draw() {
            const height = this.frame.clientHeight || 600;
            const first = Math.max(0, this.at(this.frame.scrollTop) - MARGIN);
            const last = Math.min(this.view.length, this.at(this.frame.scrollTop + height) + MARGIN + 1);
            const hadFocus = this.body.contains(document.activeElement) && document.activeElement.matches('tr');
            const rows = [];
            for (let place = first; place < last; place += 1) {
                rows.push(this.row(place));
                if (this.open.has(this.view[place])) {
                    rows.push(this.details(place));
                }
            }
            const whole = this.above(this.view.length);
            this.body.replaceChildren(this.space(this.above(first)), ...rows, this.space(whole - this.above(last)));
            if (this.view.length === 0) {
                const cell = element('td', { colSpan: this.spec.columns.length, className: 'none' }, 'No row fits the filter.');
                this.body.replaceChildren(element('tr', {}, cell));
            }
            this.measure();
            if (hadFocus) {
                this.focus();
            }
        }

        /** Details are as high as their text: once drawn, they are known. */
        measure() {
            this.body.querySelectorAll('tr.details').forEach((details) => {
                this.open.set(Number(details.dataset.row), details.offsetHeight);
            });
        }

        space(pixels) {
            const space = element('tr', { className: 'space' });
            space.style.height = `${pixels}px`;
            return space;
        }

        row(place, isWhole) {
            const number = this.view[place];
            const row = element('tr', { className: 'row', tabIndex: place === this.selected ? 0 : -1 });
            row.dataset.place = place;
            if (this.spec.id === 'findings') {
                row.id = `f${number + 1}`;
            }
            row.classList.toggle('selected', place === this.selected);
            row.classList.toggle('open', this.open.has(number));
            this.spec.columns.forEach(([field, , kind]) => {
                const cell = element('td', { className: kind });
                fill(cell, kind, numbers(this.spec.rows[number], field), isWhole);
                row.append(cell);
            });
            return row;
        }

        details(place) {
            const number = this.view[place];
            const cell = element('td', { colSpan: this.spec.columns.length }, details(this, number));
            const row = element('tr', { className: 'details' }, cell);
            row.dataset.row = number;
            return row;
        }

        click(event) {
            const row = event.target.closest('tr.row');
            if (row && !window.getSelection().toString()) {
                this.select(Number(row.dataset.place));
                this.toggle();
            }
        }

        select(place) {
            this.selected = Math.min(place, this.view.length - 1);
            Grid.current = this;
            if (this.selected < 0) {
                return;
            }
            const [top, head] = [this.above(this.selected), this.headings[0].offsetHeight];
            const seen = this.frame.clientHeight - head;
            if (top < this.frame.scrollTop) {
                this.frame.scrollTop = top;
            } else if (top + ROW > this.frame.scrollTop + seen) {
                this.frame.scrollTop = top + ROW - seen;
            }
            this.draw();
            this.focus();
        }

        focus() {
            const row = this.body.querySelector('tr.selected');
            if (row) {
                row.focus({ preventScroll: true });
            }
        }

        /** Opens or closes the selected row. */
        toggle() {
            const number = this.view[this.selected];
            if (number === undefined) {
                return;
            }
            if (this.spec.opens === 'findings') {
                choose(this.spec.id === 'machines' ? ['dvm_target'] : ['dvm_principal', 'dvm_actor'], numbers(this.spec.rows[number], 0)[0]);
                return;
            }
            const isOpen = this.open.delete(number);
            if (!isOpen) {
                this.open.set(number, 0);
            }
            if (this.spec.id === 'findings') {
                history.replaceState(null, '', isOpen ? '#findings' : `#f${number + 1}`);
            }
            this.draw();
            this.draw();
            this.focus();
        }

        /** Draws all rows, for paper. */
        print() {
            const most = this.spec.id === 'findings' ? MAX_PRINTED.findings : MAX_PRINTED.others;
            const count = Math.min(this.view.length, most);
            const rows = [];
            for (let place = 0; place < count; place += 1) {
                rows.push(this.row(place, true));
            }
            this.body.replaceChildren(...rows);
            if (count < this.view.length) {
                const text = `The first ${count} of ${this.view.length} rows.`;
                this.body.append(element('tr', {}, element('td', { colSpan: this.spec.columns.length }, text)));
            }
        }
    }

    /** The name and the values of a field, each with what one can do with it. */
    function pair(name, found) {
        const cell = element('dd');
        found.forEach((number) => {
            const text = typeof number === 'number' ? texts[number] : number;
            const buttons = [element('button', { type: 'button', onclick: (event) => copy(text, event.target) }, 'copy')];
            if (['dvm_actor', 'dvm_principal', 'dvm_person', 'dvm_target', 'dvm_src', 'dvm_session', 'dvm_case', 'dvm_account', 'dvm_document',
                'dvm_operation', 'dvm_event_id', 'dvm_link_event_id'].includes(name)) {
                buttons.push(element('button', { type: 'button', onclick: () => choose([name], number) }, 'find'));
            }
            cell.append(element('div', {}, element('span', {}, text), ' ', ...buttons));
        });
        return [element('dt', {}, name.replace('dvm_', '').replaceAll('_', ' ')), cell];
    }

    const APART = ['dvm_summary', 'dvm_reasons'];

    function details(grid, number) {
        const row = grid.spec.rows[number];
        const box = element('div', { className: 'box' });
        const told = (name) => (grid.field.has(name) ? values(row, grid.field.get(name)) : []);
        const list = (items, className) => element('ul', { className }, ...items.map((item) => element('li', {}, item)));
        const sentences = told('dvm_summary');
        if (sentences.length > 1) {
            box.append(list(sentences, 'story'));
        } else if (sentences.length === 1) {
            box.append(element('p', { className: 'sentence' }, sentences[0]));
        }
        if (told('dvm_reasons').length > 0) {
            box.append(list(told('dvm_reasons'), 'reasons'));
        }
        const fields = element('dl');
        grid.spec.fields.forEach((name, field) => {
            const found = numbers(row, field);
            if (found.length > 0 && !APART.includes(name)) {
                fields.append(...pair(name, found));
            }
        });
        if (grid.spec.opens === 'finding') {
            fields.append(...pair('explain', [`${value(row, grid.field.get('file'))}:${value(row, grid.field.get('record'))}`]));
        }
        box.append(fields);
        if (grid.spec.opens === 'finding') {
            box.append(notes(row, grid), element('p', {}, element('a', { href: `#f${number + 1}` }, `#f${number + 1}`)));
        }
        return box;
    }

    /** What is known of the operation. */
    function notes(row, grid) {
        const all = element('dl', { className: 'notes' });
        const operations = grids.get('operations');
        const [operation] = numbers(row, grid.field.get('dvm_operation'));
        const known = operations && operations.spec.rows.find((each) => numbers(each, 0)[0] === operation);
        [['triage', 'check first'], ['limits', 'not in the log'], ['false_positives', 'rightly by'], ['contain', 'contain']].forEach(([field, title]) => {
            const text = known ? value(known, operations.field.get(field)) : '';
            if (text) {
                all.append(element('dt', {}, title), element('dd', {}, text));
            }
        });
        return all;
    }

    // The filter of the findings.

    const filters = {};

    const NONE = '(none named)';
    let chosen = null;

    /** Shows the findings of which one of the fields has just this value, or, for nobody, no value at all. */
    function choose(names, number) {
        const fields = names.map((name) => grids.get('findings').field.get(name));
        chosen = { fields, number };
        const chip = document.getElementById('chosen');
        chip.textContent = `${names[0].replace('dvm_', '').replaceAll('_', ' ')} ${texts[number]} ✕`;
        chip.hidden = false;
        apply();
        document.getElementById('findings').scrollIntoView();
    }

    function unchoose() {
        chosen = null;
        document.getElementById('chosen').hidden = true;
        apply();
    }

    function isChosen(row) {
        if (!chosen) {
            return true;
        }
        const found = chosen.fields.map((field) => numbers(row, field)).find((some) => some.length > 0) || [];
        return texts[chosen.number] === NONE ? found.length === 0 : found.includes(chosen.number);
    }

    /** Words, and what stands between quotes. */
    const words = (text) => [...text.matchAll(/"([^"]+)"?|(\S+)/g)].map((found) => (found[1] || found[2]).toLowerCase());

    let lower = null;

    /** Which texts hold a word. */
    function holding(word) {
        lower = lower || texts.map((text) => text.toLowerCase());
        return Uint8Array.from(lower, (text) => (text.includes(word) ? 1 : 0));
    }

    /** A time as it is compared; none where the text is not the beginning of one, which the input then shows. */
    function moment(input) {
        const text = utc(input.value.trim());
        const isTime = text === '' || /^\d{4}(-\d\d(-\d\d( \d\d(:\d\d(:\d\d(\.\d+)?)?)?)?)?)?$/.test(text);
        input.setAttribute('aria-invalid', String(!isTime));
        input.title = isTime ? '' : 'as in 2026-05-12 or 2026-05-12 08:00';
        return isTime ? text : '';
    }

    /** Whether a row lies at FILE:RECORD. */
    function isAt(row, place, field) {
        const found = /^(.*):(\d+)$/.exec(place);
        return found && value(row, field('record')) === found[2] && value(row, field('file')).toLowerCase().endsWith(found[1]);
    }

    function apply() {
        const grid = grids.get('findings');
        const wanted = words(filters.text.value);
        const holders = wanted.map(holding);
        const field = (name) => grid.field.get(name);
        const exact = ['dvm_access', 'dvm_outcome', 'dvm_verdict', 'dvm_cloud'].filter((name) => filters[name].value);
        const least = SEVERITIES.indexOf(filters.dvm_severity.value);
        const [from, to] = [filters.from, filters.to].map(moment);
        const fits = (row) => {
            const time = utc(value(row, 0));
            return isChosen(row)
                && holders.every((holds, at) => row.some((number, place) => place % 2 === 1 && holds[number] === 1) || isAt(row, wanted[at], field))
                && exact.every((name) => value(row, field(name)) === filters[name].value)
                && (least < 0 || SEVERITIES.indexOf(value(row, field('dvm_severity'))) >= least)
                && (time === '' || ((!from || time >= from) && (!to || time < to)));
        };
        const rows = grid.spec.rows;
        const view = rows.flatMap((row, at) => (fits(row) ? [at] : []));
        grid.show(view);
        document.getElementById('count').textContent = `${view.length} of ${rows.length}`;
        document.querySelectorAll('#timeline g').forEach((bar) => {
            bar.classList.toggle('out', Boolean(from && utc(bar.dataset.to) <= from) || Boolean(to && utc(bar.dataset.from) >= to));
        });
    }

    function clear() {
        chosen = null;
        document.getElementById('chosen').hidden = true;
        Object.values(filters).forEach((input) => {
            input.value = '';
        });
        apply();
    }

    function choice(name, title, grid) {
        const counts = new Map();
        grid.spec.rows.forEach((row) => {
            const text = value(row, grid.field.get(name));
            counts.set(text, (counts.get(text) || 0) + 1);
        });
        const isLevel = name === 'dvm_severity';
        const found = [...counts.keys()].filter((text) => text);
        found.sort(isLevel ? (a, b) => SEVERITIES.indexOf(b) - SEVERITIES.indexOf(a) : undefined);
        const options = found.map((text) => {
            const label = isLevel ? `${text} and above` : `${text.replaceAll('_', ' ')} (${counts.get(text)})`;
            return element('option', { value: text }, label);
        });
        filters[name] = element('select', { onchange: apply, ariaLabel: title }, element('option', { value: '' }, title), ...options);
        return filters[name];
    }

    function input(name, placeholder, className) {
        filters[name] = element('input', { type: 'search', placeholder, className, ariaLabel: placeholder, spellcheck: false });
        let waits = 0;
        filters[name].addEventListener('input', () => {
            clearTimeout(waits);
            waits = setTimeout(apply, 120);
        });
        return filters[name];
    }

    function toolbar(grid) {
        const button = (text, onclick) => element('button', { type: 'button', onclick }, text);
        const bar = element('div', { className: 'toolbar' },
            input('text', 'filter: actor, machine, address …  /', 'wide'),
            choice('dvm_severity', 'severity', grid), choice('dvm_access', 'access', grid), choice('dvm_outcome', 'result', grid),
            choice('dvm_verdict', 'verdict', grid), choice('dvm_cloud', 'cloud', grid),
            input('from', 'from, UTC', ''), input('to', 'before, UTC', ''),
            element('button', { type: 'button', id: 'chosen', hidden: true, onclick: unchoose }),
            element('span', { id: 'count' }), button('Clear', clear), button('CSV of the view', save), button('Print', () => window.print()),
            element('span', { id: 'said', role: 'status' }));
        grid.frame.before(bar);
        grid.frame.after(element('p', { className: 'soft keys' },
            '/ filter · j k next, previous · Enter open · c copy · Esc back · a click on a heading sorts · drag over the timeline for a time'));
    }

    // What leaves the page.

    function asText(row, grid) {
        const lines = grid.spec.fields.flatMap((name, field) => {
            const found = values(row, field);
            return found.length > 0 ? [`${name}: ${found.join('; ')}`] : [];
        });
        return `${lines.join('\n')}\n`;
    }

    /** A cell that a spreadsheet takes neither for a formula nor for a number that it would round. */
    function cell(found) {
        const text = found.join('; ');
        const isChanged = /^[=+\-@\t\r\n＝＋－＠]/.test(text) || /^(\d{16,}|0\d+)$/.test(text);
        return `"${(isChanged ? `'${text}` : text).replaceAll('"', '""')}"`;
    }

    function csv(grid) {
        const lines = grid.view.map((row) => grid.spec.fields.map((_, field) => cell(values(grid.spec.rows[row], field))).join(','));
        return `${[grid.spec.fields.join(','), ...lines].join('\r\n')}\r\n`;
    }

    function save() {
        const url = URL.createObjectURL(new Blob(['\ufeff', csv(grids.get('findings'))], { type: 'text/csv' }));
        element('a', { href: url, download: 'directvm-findings.csv' }).click();
        setTimeout(() => URL.revokeObjectURL(url), 60000);
    }

    /** For paper: all rows of the view, and the details of what is high or critical. */
    function print() {
        grids.forEach((grid) => grid.print());
        const grid = grids.get('findings');
        if (!grid) {
            return;
        }
        const isGrave = (row) => SEVERITIES.indexOf(value(grid.spec.rows[row], grid.field.get('dvm_severity'))) >= 3;
        const grave = grid.view.filter(isGrave);
        const made = grave.slice(0, MAX_PRINTED_DETAILS).map((number) => brief(grid, number));
        if (grave.length > made.length) {
            made.push(element('p', {}, `and ${grave.length - made.length} more`));
        }
        const section = element('section', { id: 'printed' }, element('h2', {}, 'High and critical'), ...made);
        if (made.length > 0) {
            grid.section.after(section);
        }
    }

    function brief(grid, number) {
        const row = grid.spec.rows[number];
        const of = (name) => values(row, grid.field.get(name)).join('; ');
        const place = `${of('file')}:${of('record')}`;
        const facts = [['', of('dvm_reasons')], ['session ', of('dvm_session')], ['case ', of('dvm_case')], ['', place]];
        const text = facts.filter(([, fact]) => fact).map((fact) => fact.join('')).join(' · ');
        const severity = shown('severity', numbers(row, grid.field.get('dvm_severity'))[0]);
        return element('article', {}, element('p', {}, severity, ' ', `${utc(of('time'))} ${of('dvm_summary')}`),
            element('p', { className: 'soft' }, text));
    }

    function printed() {
        const section = document.getElementById('printed');
        if (section) {
            section.remove();
        }
        grids.forEach((grid) => grid.draw());
    }

    // Keys, anchors, the timeline.

    function key(event) {
        const isTyping = event.target.matches('input, select, textarea');
        if (event.key === 'Escape') {
            if (isTyping) {
                event.preventDefault(); // it would empty the field
                event.target.blur();
                return;
            }
            const grid = Grid.current;
            if (grid && grid.open.size > 0) {
                grid.open.clear();
                grid.draw();
            }
            return;
        }
        if (isTyping || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        const grid = Grid.current || grids.get('findings');
        const move = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
        if (event.key === '/' && filters.text) {
            filters.text.focus();
            filters.text.select();
        } else if (grid && move && (event.key.length === 1 || grid.selected >= 0)) {
            grid.select(Math.max(0, grid.selected + move));
        } else if (grid && event.key === 'Enter' && !event.target.matches('button, a')) {
            grid.toggle();
        } else if (grid && event.key === 'c' && grid.selected >= 0) {
            copy(asText(grid.spec.rows[grid.view[grid.selected]], grid));
        } else {
            return;
        }
        event.preventDefault();
    }

    /** Opens the finding that the address names. */
    function follow() {
        const found = /^#f(\d+)$/.exec(window.location.hash);
        const grid = grids.get('findings');
        const number = found ? Number(found[1]) - 1 : -1;
        if (!grid || number < 0 || number >= grid.spec.rows.length) {
            return;
        }
        if (!grid.view.includes(number)) {
            clear();
        }
        grid.open.set(number, 0);
        grid.select(grid.view.indexOf(number));
        grid.frame.scrollTop = grid.above(grid.selected);
        grid.draw();
        grid.section.scrollIntoView();
    }

    function drag() {
        let start = null;
        const bar = (event) => {
            const under = document.elementFromPoint(event.clientX, event.clientY);
            return under && under.closest('#timeline g');
        };
        const choose = (end) => {
            const ends = [start, end].sort((a, b) => (a.dataset.from < b.dataset.from ? -1 : 1));
            filters.from.value = utc(ends[0].dataset.from);
            filters.to.value = utc(ends[1].dataset.to);
        };
        const drawing = document.querySelector('#timeline svg');
        if (!drawing || !filters.from) {
            return;
        }
        drawing.addEventListener('pointerdown', (event) => {
            start = bar(event);
            event.preventDefault();
        });
        window.addEventListener('pointerup', (event) => {
            const end = start && (bar(event) || start);
            if (end) {
                choose(end);
                apply();
            }
            start = null;
        });
    }

    document.documentElement.classList.add('script');
    data.grids.forEach((spec) => grids.set(spec.id, new Grid(spec)));
    if (grids.has('findings')) {
        toolbar(grids.get('findings'));
        apply();
    }
    grids.forEach((grid) => grid.draw());
    document.addEventListener('keydown', key);
    window.addEventListener('hashchange', follow);
    window.addEventListener('beforeprint', print);
    window.addEventListener('afterprint', printed);
    window.addEventListener('resize', () => grids.forEach((grid) => grid.later()));
    drag();
    follow();
})();
