// Files behind addresses.
export { openHttp, type HttpOptions } from "../io/http.js";
