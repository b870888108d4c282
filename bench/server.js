require('node:http')
  .createServer((_request, response) => response.end('ok\n'))
  .listen(Number(process.argv[2]), '127.0.0.1');
