export { startWatched, type WatchedProcess } from '../integrations/process/watched.ts';
