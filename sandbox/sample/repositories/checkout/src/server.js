import { createApp } from './app.js';
import { createPricingClient } from './pricing-client.js';

const port = Number(process.env.PORT ?? 8080);
const version = process.env.SERVICE_VERSION ?? 'development';
const pricing = createPricingClient(process.env.PRICING_URL ?? 'http://127.0.0.1:8081');

const app = createApp({ version, quote: pricing.quote });
app.listen(port, '127.0.0.1', () => {
  console.log(`checkout ${version} listens on port ${app.address().port}`);
});

process.on('SIGTERM', () => {
  app.close(() => {
    pricing.close();
    process.exit(0);
  });
  // What is being answered is finished; a connection that was busy becomes idle only then.
  setInterval(() => app.closeIdleConnections(), 20);
});
