const works = new Set<() => void>();
let listening = false;

/** Does `work` when this process ends, unless it is called off: in the order of asking, and nothing in it can be waited for. */
export function atExit(work: () => void): () => void {
  if (!listening) {
    process.on('exit', () => {
      for (const each of works) each();
    });
  }
  listening = true;
  works.add(work);
  return () => works.delete(work);
}
