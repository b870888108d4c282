/** Made when first asked for, and the same promise ever after: an answer or an error is never asked for twice. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    if (made === null) {
      made = make();
      // Whoever asks gets the rejection; that nobody has asked yet is no crash.
      made.catch(() => {});
    }
    return made;
  };
}
