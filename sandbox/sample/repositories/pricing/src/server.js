import { createApp } from './app.js';

const port = Number(process.env.PORT ?? 8081);
const version = process.env.SERVICE_VERSION ?? 'development';

const app = createApp({ version });
app.listen(port, '127.0.0.1', () => {
  console.log(`pricing ${version} listens on port ${app.address().port}`);
});

process.on('SIGTERM', () => {
  app.close(() => process.exit(0));
  // What is being answered is finished; a connection that was busy becomes idle only then.
  setInterval(() => app.closeIdleConnections(), 20);
});
