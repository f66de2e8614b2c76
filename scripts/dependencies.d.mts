export const repository: string;
export function ensureDependencies(): Promise<void>;
export function npm(args: readonly string[], folder: string): Promise<void>;
