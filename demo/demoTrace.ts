/** All stories of the demo trace, oldest first. */
import { TraceWriter } from '../src/store/native/traceWriter.js';
import { tellArchived } from './stories/archived.js';
import { tellBufferingProxy } from './stories/bufferingProxy.js';
import { tellCodeReview } from './stories/codeReview.js';
import { tellHandbook } from './stories/handbook.js';
import { tellMarketReport } from './stories/marketReport.js';
import { tellProviderTrouble } from './stories/providerTrouble.js';
import { tellResearch } from './stories/research.js';
import { tellSupportTicket } from './stories/supportTicket.js';

/** The demo trace as a file's content: the same bytes each time. */
export async function buildDemoTrace(): Promise<Uint8Array> {
  const writer = await TraceWriter.create();
  try {
    tellArchived(writer);
    tellMarketReport(writer);
    tellHandbook(writer);
    tellResearch(writer);
    tellProviderTrouble(writer);
    tellBufferingProxy(writer);
    tellCodeReview(writer);
    tellSupportTicket(writer);
    return writer.toBytes();
  } finally {
    writer.close();
  }
}
