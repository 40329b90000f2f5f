import type { IniSection } from './python-ini.js';
import type { Settings } from './settings-table.js';

/** Sections that datacentres have of their own: who is named in one is a datacentre. */
const OF_DATACENTRE = /^(?:cluster|nats):(.+)$/;

/**
 * Warns of sections of nodes (`[cache:b]`) that no node reads, as those of Carbon's instances may be.
 *
 * @param cluster as it counts; its nodes are missing where NODES is wrong
 */
export function instanceWarnings(
  path: string,
  sections: readonly IniSection[],
  { nodes, datacentre, mirrorFrom }: Partial<Settings['cluster']>,
): string[] {
  if (nodes === undefined) return [];
  const known = new Set([
    ...nodes.map(({ name }) => name),
    ...sections.flatMap(nodesIn),
    ...sections.flatMap(({ name }) => OF_DATACENTRE.exec(name)?.[1] ?? []),
    ...(mirrorFrom ?? []),
    datacentre,
  ]);
  return sections.flatMap(({ name, line }) => {
    const instance = name.startsWith('cache:') ? name.slice('cache:'.length) : undefined;
    if (instance === undefined || known.has(instance)) return [];
    const names = nodes.map((node) => node.name).join(', ');
    const remedy = `name one of these, or add ${instance} to NODES and start \`carbonbus node --name ${instance}\``;
    return [
      `${path}:${line}: [${name}] is read by no node, as NODES (${names}) does not have ${instance}: ${remedy}`,
    ];
  });
}

/** The nodes that a `[cluster]` or `[cluster:datacentre]` of the file names. */
function nodesIn(section: IniSection): string[] {
  if (section.name.split(':')[0] !== 'cluster') return [];
  const list = section.raw('nodes') ?? '';
  return list.split(',').map((item) => item.trim().split(':')[0]);
}
