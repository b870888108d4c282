/** A real server, small enough to read: what it does beyond answering with its version is up to behaviour.js. */
const SERVER = `const { readFileSync } = require('node:fs');
const version = readFileSync('version', 'utf8');
const behaviour = require('./behaviour.js');
require('node:http')
  .createServer((request, response) => {
    response.statusCode = behaviour.status ?? 200;
    response.end(request.url === '/env' ? JSON.stringify(process.env) : version);
  })
  .listen(Number(process.argv[2]));
`;

/** Things a release may do instead of serving; each is the text of its behaviour.js. */
export const BEHAVIOUR = {
  serves: 'module.exports = {};\n',
  crashes: "throw new Error('no such table: users');\n",
  diesSoon: 'setTimeout(() => process.exit(3), 400);\n',
  isIll: 'module.exports = { status: 503 };\n',
} as const;

/** Path → content of one version of the app. */
export function versionOf(version: string, behaviour: string = BEHAVIOUR.serves): Record<string, string> {
  return {
    'server.js': SERVER,
    'behaviour.js': behaviour,
    version: `${version}\n`,
    'lib/unchanged.js': '// the same for ever\n',
  };
}
