// Files behind addresses, and caches of what was read of them.
export { openHttp, type HttpOptions } from "../io/http.js";
export { cacheSource, type CacheOptions, type CacheStore } from "../io/cache.js";
export { cacheApiStore, memoryStore, opfsStore, type CacheLike, type DirectoryLike } from "../io/cache_stores.js";
