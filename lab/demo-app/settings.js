/* Node-RED's own settings file: https://nodered.org/docs/user-guide/runtime/configuration */
const { networkInterfaces } = require('node:os');
const { join } = require('node:path');

const tailnet = networkInterfaces().tailscale0?.find(address => address.family === 'IPv4');
if (!tailnet) throw new Error('no tailscale0 yet: this app listens in the tailnet only');

module.exports = {
  uiHost: tailnet.address,
  uiPort: process.env.PORT,
  httpAdminRoot: false, // pages only: the flows of a release do not change while it runs
  readOnly: true,
  flowFile: join(__dirname, 'flows.json'),
  userDir: join(__dirname, 'data'), // outlives the release
  credentialSecret: false,
  telemetry: { enabled: false },
  diagnostics: { enabled: false, ui: false },
};
