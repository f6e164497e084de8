/** What a process says of itself at /metrics, for tests that judge it by that. */

/** The page of the process with this health port. */
export async function metricsPage(healthPort: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
}

/** The memory that the process has now. NaN when it does not say. */
export async function residentBytesOf(healthPort: number): Promise<number> {
  return Number(/^process_resident_memory_bytes ([\d.e+]+)$/m.exec(await metricsPage(healthPort))?.[1]);
}
