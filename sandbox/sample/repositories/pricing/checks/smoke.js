// Is the running service able to do its one job? BASE_URL says where it runs.
import assert from 'node:assert/strict';

const baseUrl = process.env.BASE_URL;

const health = await fetch(new URL('/healthz', baseUrl));
assert.equal(health.status, 200, 'the service does not say that it is healthy');

const response = await fetch(new URL('/quotes?item=mug:2', baseUrl));
assert.equal(response.status, 200, 'a mug has no price');
const { quotes } = await response.json();
assert.equal(quotes[0]?.lineCents, 1980, 'two mugs cost 19.80 EUR');
console.log('pricing quotes prices');
