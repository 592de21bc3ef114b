import { userInfo } from 'node:os';
import { resolve } from 'node:path';

export { serviceUnit };

/** For systemd, to be saved by whoever owns the machine: the agent starts with it, and again after a kill. */
const serviceUnit = (home: string): string => `
For systemd, as /etc/systemd/system/runproof-hooks.service, then
\`sudo systemctl enable --now runproof-hooks\`:

[Unit]
Description=Runproof: receipts for this machine's runners
After=network-online.target
Wants=network-online.target

[Service]
User=${userInfo().username}
ExecStart=${[process.execPath, resolve(process.argv[1] ?? 'runproof'), '--home', home].map(word).join(' ')} hooks agent
Restart=always
# perf that counts a running job outlives the agent.
KillMode=process

[Install]
WantedBy=multi-user.target
`;

/** One word of a unit file, in which `%` and `$` stand for something (systemd.service(5)). */
const word = (text: string): string =>
  /^[\w@+=:,./-]+$/.test(text)
    ? text
    : `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
