import type { TicketRow } from '../../domain/ticket.ts';
import type { TicketPage } from '../../store/port.ts';
import { html, webAddress, type Html } from './html.ts';

/** The list of tickets with what each waits for: one page, no script, readable on a phone. */
export function ticketsPage(page: TicketPage, now: number): string {
  const { tickets, next } = page;
  const title = `Baton · ${tickets.length === 1 ? '1 ticket' : `${tickets.length} tickets`}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <h1>Tickets</h1>
          <p>As of <time datetime="${iso(now)}">${clock(now)}</time>. Reload for a newer state.</p>
        </header>
        <main>
          ${
            tickets.length === 0
              ? EMPTY
              : html`<ul>
                  ${tickets.map(ticketItem)}
                </ul>`
          }
          ${next === null ? null : html`<p><a href="/?after=${encodeURIComponent(next)}">Older tickets</a></p>`}
        </main>
      </body>
    </html> `.markup;
}

function ticketItem(row: TicketRow): Html {
  const address = webAddress(row.url);
  const name = address === null ? html`${row.key}` : html`<a href="${address}">${row.key}</a>`;
  return html`<li class="${mood(row)}">
    <h2>${name} <span>${row.title}</span></h2>
    <p class="state">${standing(row)}</p>
    <p class="facts">${facts(row)}</p>
  </li>`;
}

/** The one sentence of every surface (invariant 5); without one, Baton itself is at work or done. */
function standing(row: TicketRow): string {
  if (row.waiting !== null) return row.waiting.sentence;
  switch (row.outcome) {
    case 'stable':
      return 'Stable in production.';
    case 'cancelled':
      return 'Cancelled.';
    case 'abandoned':
      return 'Abandoned.';
    case null:
      return 'Baton is working on it; nobody is needed.';
    default:
      return row.outcome satisfies never;
  }
}

function facts(row: TicketRow): string {
  const services = row.services.map((service) => service.name).join(', ');
  const packet = row.packet === null ? '' : ` · packet v${row.packet.version}`;
  const round = row.round === 1 ? '' : ` · attempt ${row.round}`;
  const when =
    row.endedAt === null ? `since ${clock(row.startedAt)}` : `ended ${clock(row.endedAt)}`;
  return `${row.stage}${round} · tier ${row.tier}${services === '' ? '' : ` · ${services}`}${packet} · ${when}`;
}

function mood(row: TicketRow): string {
  if (row.outcome !== null) return row.outcome === 'stable' ? 'done' : 'over';
  return row.waiting === null ? 'working' : 'waiting';
}

const iso = (ms: number): string => new Date(ms).toISOString();
const clock = (ms: number): string => `${iso(ms).slice(0, 16).replace('T', ' ')} UTC`;

const EMPTY = html`<p>
  No ticket is carried yet. Move one to the start status in Jira, or run
  <code>baton start KEY</code>.
</p>`;

export const PAGE_STYLE = `
:root { font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 50rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0; }
header p, .facts { color: color-mix(in srgb, currentColor 70%, transparent); margin: 0; font-size: .875rem; }
ul { list-style: none; margin: 1rem 0; padding: 0; }
li { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-inline-start-width: 6px; border-radius: 6px; margin: 0 0 .75rem; padding: .75rem; }
li.waiting { border-inline-start-color: #b45309; }
li.working { border-inline-start-color: #1d4ed8; }
li.done { border-inline-start-color: #15803d; }
h2 { font-size: 1rem; margin: 0; }
h2 span { font-weight: 400; }
.state { margin: .25rem 0; }
`;

/** Whole and unindented: the page's policy names the hash of exactly this style. */
const STYLE_ELEMENT: Html = { markup: `<style>${PAGE_STYLE}</style>` };
