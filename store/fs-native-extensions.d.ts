declare module 'fs-native-extensions' {
  const extensions: {
    /** False when another open file holds a lock on it. */
    tryLock(fd: number): boolean;
  };
  export default extensions;
}
