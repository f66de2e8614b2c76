/**
 * Three agents work on one support ticket: hand-offs, tools, memory, streamed tool arguments, reasoning
 * before text, a stall of four seconds, parallel calls, a rate limit that is met and survived.
 */
import {
  type Message,
  anthropicMessages,
  ollamaChat,
  openAiChat,
  openAiCompletion,
  openAiRateLimit,
  paces,
} from '../providers.js';
import { Story } from '../story.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const ticket =
  'Hi, I ordered a USB-C travel adapter (order 73-20418) eleven days ago and the tracking has not moved since Tuesday. I fly on Friday evening and I need it before. Can you find out where it is, or give me my money back? – Marta';

const order = {
  order_id: '73-20418',
  items: [
    { sku: 'ADP-UC-65', title: 'USB-C travel adapter, 65 W', quantity: 1, price: '39.90 EUR' },
  ],
  shipped: '2026-10-05',
  carrier: 'Nordpaket',
  tracking: 'NP4471 0092 18',
  status: 'in_transit',
};

const tracking = {
  tracking: 'NP4471 0092 18',
  events: [
    { at: '2026-10-05T16:10:00+02:00', place: 'Hamburg', text: 'Accepted at depot' },
    { at: '2026-10-06T03:42:00+02:00', place: 'Leipzig', text: 'Sorted' },
    { at: '2026-10-13T09:15:00+02:00', place: 'Leipzig', text: 'Address incomplete, held' },
  ],
};

const lookupTool = {
  type: 'function',
  function: {
    name: 'lookup_order',
    description: 'Finds an order by its number.',
    parameters: {
      type: 'object',
      properties: { order_id: { type: 'string' }, include: { type: 'array' } },
      required: ['order_id'],
    },
  },
};

const triageMessages: readonly Message[] = [
  {
    role: 'system',
    content:
      'You are the triage agent of a web shop. Find the order, then hand the ticket to the agent who can solve it: billing or shipping.',
  },
  { role: 'user', content: ticket },
];

const billingMessages: readonly Message[] = [
  {
    role: 'system',
    content:
      'You are the billing agent. Decide whether a refund or another delivery serves the customer better. Never promise what the carrier has not confirmed.',
  },
  { role: 'user', content: `${ticket}\n\nOrder: ${JSON.stringify(order)}` },
];

const billingThoughts =
  'The parcel was sorted in Leipzig on the 6th and then held on the 13th because the address is incomplete. So it is not lost. The customer flies on Friday evening, today is Wednesday. A refund takes three to five days to reach the card, which does not get her an adapter. If shipping can correct the address today, Nordpaket delivers to a pick-up point the next working day. That is the better outcome, with the refund as the fallback. I should not promise Thursday before shipping has confirmed it.';

const billingAnswer =
  'The parcel is not lost: it has been held in Leipzig since Tuesday because the house number is missing from the label. A refund would take three to five days to reach the card, so it would not help Marta before her flight.';

const billingAnswerAfterStall =
  ' I suggest that we correct the address now and send the parcel to the pick-up point in her street, which is open until eight in the evening. If Nordpaket cannot confirm delivery for Thursday, we refund the order today and she keeps the adapter when it arrives.\n\nHanding over to shipping with both options.';

const reply =
  'Hello Marta,\n\nthank you for writing in time. Your adapter is not lost: the house number was missing from the label, so Nordpaket held the parcel in Leipzig on Tuesday.\n\nWe have corrected the address and sent it on to the pick-up point at Lindenstraße 12. It will be there **tomorrow, Thursday, from 10:00**, and the shop is open until 20:00. Please bring your ID and the code NP-4471.\n\nShould the parcel not be there by Thursday evening, reply to this message: we will refund the 39.90 EUR at once and you need not send anything back.\n\nHave a good flight!\nKim, customer care';

export function tellSupportTicket(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'ticket-1008',
      name: 'support ticket 1008',
      startedAt: '2026-10-14T14:02:11.204Z',
      agentType: 'support',
      sessionId: 'session-51c2',
      userId: 'marta.k',
      metadata: { channel: 'e-mail', priority: 'high' },
    },
    1008,
  );
  triage(story);
  billing(story);
  shipping(story);
  story.finish();
}

function triage(story: Story): void {
  story.agent('Triage', () => {
    story.memoryRead('customer:marta.k', { orders: 4, tickets: 1, language: 'en' });
    story.call({
      request: openAiChat('gpt-4o-mini', triageMessages, { more: { tools: [lookupTool] } }),
      promptTokens: 212,
      stream: story
        .stream(paces.gpt)
        .wait(412)
        .toolCall('lookup_order', {
          order_id: '73-20418',
          include: ['items', 'shipment', 'payments'],
          reason: 'customer asks where the parcel is',
        }),
      end: { finishReason: 'tool_calls' },
    });
    story.tool('lookup_order', 86, { order_id: '73-20418', include: ['items', 'shipment'] }, order);
    // A classification is one word: nobody streams it.
    story.call({
      request: openAiChat(
        'gpt-4o-mini',
        [{ role: 'user', content: `Answer with one word, billing or shipping.\n\n${ticket}` }],
        { stream: false },
      ),
      promptTokens: 96,
      durationMs: 538,
      end: {
        finishReason: 'stop',
        completionTokens: 1,
        tokenCountSource: 'usage',
        response: JSON.stringify(
          openAiCompletion('gpt-4o-mini', 'billing', { promptTokens: 96, completionTokens: 1 }),
        ),
      },
    });
    story.handOff('Triage', 'Billing', 'The customer asks for her money back.');
  });
}

function billing(story: Story): void {
  story.agent('Billing', () => {
    story.call({
      request: anthropicMessages('claude-sonnet-4-5', billingMessages, {
        more: { thinking: { type: 'enabled', budget_tokens: 2048 } },
      }),
      promptTokens: 486,
      firstChunkMs: 391,
      stream: story
        .stream(paces.claude)
        .wait(868)
        .reasoning(billingThoughts)
        .text(billingAnswer)
        .wait(4_000)
        .text(billingAnswerAfterStall),
      tailMs: 12,
      end: { finishReason: 'end_turn' },
    });
    story.tool('track_parcel', 341, { tracking: order.tracking }, tracking);
    story.handOff('Billing', 'Shipping', 'The parcel is held for an incomplete address.');
  });
}

function shipping(story: Story): void {
  story.agent('Shipping', () => {
    story.parallel(
      () => summarise(story),
      () => translate(story),
      () => correctAddress(story),
    );
    story.call({
      request: openAiChat('gpt-4o-mini', [
        { role: 'system', content: 'Write the reply to the customer. Warm, short, no excuses.' },
        { role: 'user', content: `${ticket}\n\nFacts: ${JSON.stringify(tracking)}` },
      ]),
      promptTokens: 398,
      stream: story.stream(paces.gpt).wait(446).text(reply),
      end: { finishReason: 'stop' },
    });
    story.memoryWrite('ticket:1008', { state: 'answered', pickUp: 'Lindenstraße 12' });
    story.finalAnswer(reply);
  });
}

function summarise(story: Story): void {
  story.call({
    request: ollamaChat('llama3.2', [
      { role: 'user', content: `Summarise this ticket in two sentences for the log.\n\n${ticket}` },
    ]),
    promptTokens: 141,
    stream: story
      .stream(paces.llama)
      .wait(187)
      .text(
        'Customer Marta asks about a USB-C adapter (order 73-20418) that has not moved since Tuesday and that she needs before a flight on Friday. The parcel is held in Leipzig because of an incomplete address; the address is being corrected, and a refund is offered as a fallback.',
      ),
    end: { finishReason: 'stop' },
  });
}

function translate(story: Story): void {
  const request = openAiChat('gpt-4o-mini', [
    { role: 'user', content: 'Translate the pick-up instructions into German, formal address.' },
  ]);
  story.pause(35);
  story.call({
    request,
    durationMs: 142,
    end: {
      state: 'failed',
      httpStatus: 429,
      errorCode: 'RATE_LIMIT',
      errorMessage: openAiRateLimit.error.message,
      response: JSON.stringify(openAiRateLimit),
    },
  });
  story.pause(460);
  story.call({
    request,
    promptTokens: 64,
    stream: story
      .stream(paces.gpt)
      .wait(388)
      .text(
        'Ihr Paket liegt ab Donnerstag, 10:00 Uhr, in der Lindenstraße 12 für Sie bereit. Bitte bringen Sie Ihren Ausweis und den Code NP-4471 mit. Die Filiale ist bis 20:00 Uhr geöffnet.',
      ),
    end: { finishReason: 'stop' },
  });
}

function correctAddress(story: Story): void {
  story.pause(20);
  story.call({
    request: anthropicMessages('claude-sonnet-4-5', [
      {
        role: 'user',
        content: 'Correct the address of NP4471 0092 18 and choose the nearest pick-up point.',
      },
    ]),
    promptTokens: 377,
    firstChunkMs: 402,
    stream: story
      .stream(paces.claude)
      .wait(655)
      .text("I'll correct the label and move the parcel to the pick-up point in the same street.")
      .toolCall('update_shipment', {
        tracking: 'NP4471 0092 18',
        address: { street: 'Lindenstraße', number: '12', city: 'Potsdam', postcode: '14467' },
        deliver_to: 'pick_up_point',
        notify: ['email', 'sms'],
      }),
    end: { finishReason: 'tool_use' },
  });
  story.tool(
    'update_shipment',
    227,
    { tracking: 'NP4471 0092 18', deliver_to: 'pick_up_point' },
    { ok: true, expected: '2026-10-15T10:00:00+02:00', code: 'NP-4471' },
  );
}
