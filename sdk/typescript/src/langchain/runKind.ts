/** What a run of LangChain is called and what it is in a trace. */
import type { StepType } from '../wire.js';
import { type Fields, fieldsOf, firstText, listOf } from './fields.js';

/** As LangChain tells of the beginning of a chain, tool, retriever or model. */
export interface Told {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly serialized: unknown;
  readonly runName: string | undefined;
  readonly tags: readonly string[];
  readonly metadata: Fields;
}

export const toldOf = ({
  tags,
  metadata,
  ...told
}: Record<'tags' | 'metadata', unknown> & Omit<Told, 'tags' | 'metadata'>): Told => ({
  ...told,
  tags: listOf(tags).filter((tag) => typeof tag === 'string'),
  metadata: fieldsOf(metadata),
});

/** Of runs that are LangGraph's own plumbing. */
export const isHidden = ({ tags }: Told): boolean => tags.includes('langsmith:hidden');

/** As the agent named it, else after its model or class. */
export function nameOf({ serialized, runName, metadata }: Told, otherwise = 'LangChain'): string {
  const { name, id } = fieldsOf(serialized);
  const ofClass = firstText(listOf(id).at(-1));
  return firstText(runName, metadata['ls_model_name'], name, ofClass) ?? otherwise;
}

const agentClasses = new Set<unknown>([
  ...['CompiledStateGraph', 'CompiledGraph', 'Pregel', 'AgentExecutor'],
]);

export function chainKind(told: Told): { readonly type: StepType; readonly kind: string } {
  if (isGraphNode(told)) return { type: 'stage', kind: 'node' };
  const className = listOf(fieldsOf(told.serialized)['id']).at(-1);
  // Prompts and parsers are chains too, for LangChain.
  return agentClasses.has(className)
    ? { type: 'agent', kind: 'agent' }
    : { type: 'custom', kind: 'chain' };
}

/** What runs within a node has its metadata too, but neither its name nor its tag. */
function isGraphNode({ runName, tags, metadata }: Told): boolean {
  const isStep = tags.some((tag) => tag.startsWith('graph:step:'));
  return isStep && metadata['langgraph_node'] === runName;
}

/** What the agent itself has noted of it, and the id by which it is found again in other tools. */
export function factsOf({ id, tags, metadata }: Told): Fields {
  const ownTags = tags.filter((tag) => !/^(graph:step|seq:step|map:key|langsmith):/.test(tag));
  const own = Object.entries(metadata).filter(([name]) => !isFrameworks(name));
  return {
    langchain_run_id: id,
    ...(ownTags.length > 0 ? { tags: ownTags } : {}),
    ...(own.length > 0 ? { metadata: Object.fromEntries(own) } : {}),
  };
}

const isFrameworks = (name: string): boolean =>
  /^(ls_|langgraph_|__pregel)|^(checkpoint_(id|map|ns)|versions|lc_agent_name)$/.test(name);
