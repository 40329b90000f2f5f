const NOT_FETCHED = 'recorded without the points of other times: there are some';
const RECORDED_WITHOUT = 'recorded from a carbonapi that had no such function yet';
const ROUNDING = 'the transform of nothing at a frequency is what rounding leaves, and its phase';
const STORED_NAN = 'a NaN that was stored is no value here';

/** Rows of the recorded vectors that we do not meet, by file and row id, each with its reason. */
export const NOT_YET_MET: Record<string, Record<string, string>> = {
  'render/render.jsonl': {
    'pub-render-0252': STORED_NAN,
    'pub-render-0954': STORED_NAN,
    'pub-render-0955': STORED_NAN,
    'pub-render-1409': STORED_NAN,
    'pub-render-1411': STORED_NAN,
    'pub-render-1412': STORED_NAN,
    'pub-render-1413': STORED_NAN,
    'pub-render-1414': STORED_NAN,
    'pub-render-1415': STORED_NAN,
    'pub-render-1420': STORED_NAN,
    'pub-render-1425': STORED_NAN,
    'pub-render-1426': STORED_NAN,
    'pub-render-1427': STORED_NAN,
  },
  'render/formats.jsonl': {
    'pub-format-0012': STORED_NAN,
    'pub-format-0019': STORED_NAN,
    'pub-format-0033': STORED_NAN,
    'pub-format-0040': STORED_NAN,
    'pub-format-0047': STORED_NAN,
  },
  'render/carbonlink.jsonl': {
    'pub-cache-0023': 'graphite-web’s head, which we follow, counts a point to its own window',
  },
  'render/render-carbonapi.jsonl': {
    'pub-carbonapi-0004': NOT_FETCHED,
    'pub-carbonapi-0005': NOT_FETCHED,
    'pub-carbonapi-0006': NOT_FETCHED,
    'pub-carbonapi-0007': NOT_FETCHED,
    'pub-carbonapi-0031': RECORDED_WITHOUT,
    'pub-carbonapi-0032': RECORDED_WITHOUT,
    'pub-carbonapi-0038': ROUNDING,
    'pub-carbonapi-0039': ROUNDING,
    'pub-carbonapi-0040': ROUNDING,
    'pub-carbonapi-0042': ROUNDING,
    'pub-carbonapi-0059': 'recorded as a crash: where one has no values, none can be compared',
    'pub-carbonapi-0094': RECORDED_WITHOUT,
    'pub-carbonapi-0095': RECORDED_WITHOUT,
    'pub-carbonapi-0102': 'carbonapi’s summarize has another name, and an empty point more',
    'pub-carbonapi-0103': 'recorded with 0 for all values, and none is 0',
  },
};
