// Controls a headless Chromium over two pipes (no port is opened).
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const OPTIONS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
    '--allow-file-access-from-files', '--no-first-run', '--disable-background-networking', '--remote-debugging-pipe'];

class Browser {
    constructor(program) {
        this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'chromium-'));
        this.child = spawn(program, [...OPTIONS, `--user-data-dir=${this.profile}`, 'about:blank'],
            { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
        this.waiting = new Map();
        this.errors = [];
        this.number = 0;
        let rest = '';
        this.child.stdio[4].on('data', (piece) => {
            const parts = (rest + piece).split('\0');
            rest = parts.pop();
            parts.forEach((part) => this.hear(JSON.parse(part)));
        });
        this.gone = new Promise((resolve) => this.child.on('exit', resolve));
    }

    hear(message) {
        const done = this.waiting.get(message.id);
        if (done) {
            this.waiting.delete(message.id);
            done(message);
        } else if (message.method === 'Runtime.exceptionThrown') {
            const { exceptionDetails } = message.params;
            this.errors.push((exceptionDetails.exception || {}).description || exceptionDetails.text);
        }
    }

    async ask(method, params = {}) {
        this.number += 1;
        const id = this.number;
        const answer = new Promise((resolve, reject) => {
            this.waiting.set(id, resolve);
            setTimeout(() => reject(new Error(`Chromium does not answer ${method}`)), 60000).unref();
        });
        this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId: this.session })}\0`);
        const message = await answer;
        if (message.error) {
            throw new Error(`${method}: ${message.error.message}`);
        }
        return message.result;
    }

    /** Opens a tab of the given size; all further commands go to it. */
    async open(width, height) {
        const { targetId } = await this.ask('Target.createTarget', { url: 'about:blank' });
        this.session = (await this.ask('Target.attachToTarget', { targetId, flatten: true })).sessionId;
        await this.ask('Page.enable');
        await this.ask('Runtime.enable');
        await this.resize(width, height);
    }

    resize(width, height) {
        return this.ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    }

    async evaluate(expression) {
        const { result, exceptionDetails } = await this.ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
        if (exceptionDetails) {
            throw new Error((exceptionDetails.exception || {}).description || exceptionDetails.text);
        }
        return result.value;
    }

    async picture(file, width, height) {
        const clip = { x: 0, y: 0, width, height, scale: 1 };
        const { data } = await this.ask('Page.captureScreenshot', { format: 'png', clip });
        fs.writeFileSync(file, Buffer.from(data, 'base64'));
    }

    async close() {
        this.session = undefined;
        await this.ask('Browser.close').catch(() => this.child.kill());
        await this.gone;
        fs.rmSync(this.profile, { recursive: true, force: true });
    }
}

module.exports = { Browser };
