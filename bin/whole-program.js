// Which commands are run by the whole program, dist/main.js: they build daemons or read all of their configuration.
// All others are run by the small program of the client commands, dist/client/main.js.
export const WHOLE_PROGRAM = ['config', 'daemon', 'install', 'migrate', 'simulate', 'up'];
