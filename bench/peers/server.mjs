// One way to serve a renderer: POST a JSON object, get bytes. The port is the first line of output.
import http from 'node:http';

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

export function serve(render) {
  const server = http.createServer(async (request, response) => {
    try {
      const bytes = await render(await body(request));
      response.writeHead(200, { 'Content-Length': bytes.length });
      response.end(bytes);
    } catch (error) {
      response.writeHead(500);
      response.end(String(error?.stack ?? error));
    }
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}
