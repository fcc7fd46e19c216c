/** Values of one built-in column type, as texts that PostgreSQL reads. */
export interface ColumnSamples {
  /** The type as a column declares it. */
  readonly type: string
  /** Values that come back exactly, alone and as part of an array, a domain, a composite, a range. */
  readonly values: readonly string[]
  /** Values that come back exactly alone, but not as elements of an array: `jsonb_populate_record` takes them apart. */
  readonly alone?: readonly string[]
  /** Values that `to_jsonb` renders as another value of the type, so that this one comes back. */
  readonly lossy?: readonly string[]
  /** Set where PostgreSQL itself cannot read a domain over the type from JSON ("no binary input function available"). */
  readonly withoutDomain?: boolean
  /** Values that only this major version and later ones read. */
  readonly since?: { readonly version: number; readonly values: readonly string[] }
}

const texts = [
  'Ged',
  '',
  ' ',
  'NULL',
  '{}',
  '"',
  `it's \\ "so"`,
  'line\nbreak\ttab',
  'é e\u0301 世界 😀',
  '\u0001\u007f',
]
const documents = [
  '{"a": 1, "b": {"c": [1, 2, {"d": null}]}}',
  '{"a": 1.0, "b": {"c": [2, 1]}}',
  '{}',
  '{"": {"__proto__": "\\u0001é😀"}}',
  '12345678901234567890.123456789012345678901234567890',
  'true',
  '""',
  '"null"',
]

/** Samples for every built-in type that a column can have and that PostgreSQL reads from text. */
export const columnSamples: readonly ColumnSamples[] = [
  { type: 'bool', values: ['true', 'false'] },
  { type: 'int2', values: ['0', '32767', '-32768'] },
  { type: 'int4', values: ['0', '2147483647', '-2147483648'] },
  {
    type: 'int8',
    values: ['0', '9007199254740992', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
  },
  {
    type: 'numeric',
    values: [
      '0',
      '1',
      '1.0',
      '1.00',
      '-1.10',
      '9007199254740993.000000000000000000001',
      'NaN',
      'Infinity',
      '-Infinity',
      `${'9'.repeat(1000)}.${'1'.repeat(1000)}`,
      '1e-1000',
      '1e1000',
    ],
  },
  {
    type: 'numeric(40,20)',
    values: ['12345678901234567890.12345678901234567890', '0.1', '-0.00000000000000000001', 'NaN'],
  },
  {
    type: 'float4',
    values: ['0', '0.1', '-3.4028235e38', '1e-45', '16777217', 'NaN', 'Infinity', '-Infinity'],
    lossy: ['-0'],
  },
  {
    type: 'float8',
    values: [
      '0',
      '0.1',
      '0.30000000000000004',
      '9007199254740993',
      '1.7976931348623157e308',
      '5e-324',
      'NaN',
      'Infinity',
      '-Infinity',
    ],
    lossy: ['-0'],
  },
  { type: 'money', values: ['0', '1234567.89', '-92233720368547758.08'] },
  { type: 'text', values: texts },
  { type: 'varchar', values: texts },
  { type: 'varchar(5)', values: ['', 'ab', 'ab ', 'abcde'] },
  { type: 'bpchar', values: ['', 'ab', 'ab  ', 'é'] },
  { type: 'char(5)', values: ['', 'ab', 'abcde', ' b'] },
  { type: '"char"', values: ['a', 'b', '', '"', '\\'] },
  { type: 'name', values: ['Ged', 'x'.repeat(63), 'a"b'] },
  { type: 'refcursor', values: ['c', '<unnamed portal 1>'] },
  { type: 'bytea', values: ['\\x', '\\x00', '\\x00ff5c27', `\\x${'00ff'.repeat(500)}`] },
  { type: 'bit(8)', values: ['00000000', '10110001'] },
  { type: 'varbit', values: ['', '0', '00', '1'.repeat(70)] },
  { type: 'uuid', values: ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'] },
  {
    type: 'date',
    values: ['2026-01-31', 'infinity', '-infinity', '0044-03-15 BC', '4714-11-24 BC', '5874897-12-31'],
  },
  { type: 'time', values: ['00:00:00', '24:00:00', '12:34:56.123456', '23:59:59.999999'] },
  { type: 'time(3)', values: ['12:34:56.123', '12:34:56'] },
  {
    type: 'timetz',
    values: ['00:00:00+00', '12:34:56.123456+05:45', '11:34:56.123456+04:45', '24:00:00-15:59:59'],
  },
  {
    type: 'timestamp',
    values: [
      '2026-01-31 12:34:56.123456',
      '2026-01-31 12:34:56.123457',
      '2026-01-31 12:34:56',
      'infinity',
      '-infinity',
      '0044-03-15 12:00:00.5 BC',
      '294276-12-31 23:59:59.999999',
    ],
  },
  {
    type: 'timestamptz',
    values: [
      '2026-01-31 12:34:56.123456+00',
      '2026-01-31 12:34:56.123457+05:45',
      '1800-01-01 00:00:00+00',
      '2026-03-29 01:30:00+00',
      'infinity',
      '-infinity',
      '0044-03-15 12:00:00.5+00 BC',
      '294276-12-31 23:59:59.999999+00',
    ],
  },
  {
    type: 'interval',
    values: [
      '1 mon',
      '30 days',
      '720:00:00',
      '1 day',
      '24:00:00',
      '0',
      '1 mon -1 day',
      '-1 year -2 mons +3 days -04:05:06.000007',
      '-00:00:00.5',
      '178000000 years 2147483647 days',
    ],
    since: { version: 17, values: ['infinity', '-infinity'] },
  },
  // what PostgreSQL prints of a jsonb, which is how a json comes back
  {
    type: 'json',
    values: documents,
    alone: ['[1, [2], {"a": []}]', '[]'],
    lossy: ['null', '{"a":1,"a":2}', ' { "b" : 1e2,"a":1 } '],
  },
  { type: 'jsonb', values: documents, alone: ['[1, [2], {"a": []}]', '[]'], lossy: ['null'] },
  { type: 'jsonpath', values: ['$', '$.a[*] ? (@.b > 1.10)', 'strict $."it\'s"'] },
  { type: 'xml', values: ['<a b="c">é &lt; <!-- x --></a>', 'text and <b/> content', ''] },
  { type: 'tsvector', values: ['', `'fat':2A,4B 'rat':3 'it''s'`, `'a b'`] },
  { type: 'tsquery', values: [`'fat' & ( 'rat' | !'cat':*AB ) <2> 'x'`, ''] },
  { type: 'point', values: ['(0,0)', '(0.1,-1e-300)', '(NaN,Infinity)', '(-0,0)'] },
  { type: 'line', values: ['{1,-1,0}', '{0.1,0.2,0.30000000000000004}'] },
  { type: 'lseg', values: ['[(0,0),(1.5,2)]', '[(1.5,2),(0,0)]'] },
  { type: 'box', values: ['(1,1),(0,0)', '(0.1,2),(0,-1)'] },
  { type: 'path', values: ['((0,0),(1,1),(2,0))', '[(0,0),(1,1),(2,0)]'] },
  { type: 'polygon', values: ['((0,0),(1,1),(2,0))', '((0,0))'] },
  { type: 'circle', values: ['<(0,0),1>', '<(0.1,0),0>'] },
  { type: 'inet', values: ['10.0.0.1', '10.0.0.1/8', '::1', '2001:db8::/32'] },
  { type: 'cidr', values: ['10.0.0.0/8', '2001:db8::/32', '::1/128'] },
  { type: 'macaddr', values: ['08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff'] },
  { type: 'macaddr8', values: ['08:00:2b:01:02:03:04:05'] },
  { type: 'int4range', values: ['[1,10)', 'empty', '(,)', '[1,)'] },
  { type: 'int8range', values: ['[9007199254740993,9007199254740995)', 'empty'] },
  { type: 'numrange', values: ['[1,2)', '[1.0,2)', '(1,2]', 'empty', '[NaN,]'] },
  { type: 'daterange', values: ['[2026-01-31,infinity)', '[-infinity,infinity)', '(,2026-01-01)', 'empty'] },
  { type: 'tsrange', values: ['["2026-01-31 12:34:56.123456",infinity]', '(,)', 'empty'] },
  {
    type: 'tstzrange',
    values: ['["2026-01-31 12:34:56.123456+05:45",)', '[,"0044-03-15 00:00:00+00 BC"]', 'empty'],
  },
  { type: 'int4multirange', values: ['{}', '{[1,3),[5,)}', '{(,)}'] },
  { type: 'int8multirange', values: ['{[9007199254740993,9007199254740995)}', '{}'] },
  { type: 'nummultirange', values: ['{[1,2),(2,3.0]}', '{[1.0,2),(2,3]}', '{}'] },
  { type: 'datemultirange', values: ['{[2026-01-31,2026-02-01),[2026-03-01,)}', '{}'] },
  { type: 'tsmultirange', values: ['{["2026-01-31 12:34:56.123456",infinity]}', '{}'] },
  { type: 'tstzmultirange', values: ['{["2026-01-31 12:34:56.123456+05:45",)}', '{}'] },
  { type: 'oid', values: ['0', '4294967295'] },
  { type: 'xid', values: ['0', '4294967295'] },
  { type: 'xid8', values: ['0', '18446744073709551615'] },
  { type: 'cid', values: ['0', '4294967295'] },
  { type: 'tid', values: ['(0,1)', '(4294967295,65535)'] },
  { type: 'pg_lsn', values: ['0/0', '16/B374D848'] },
  { type: 'pg_snapshot', values: ['10:20:10,14', '1:1:'] },
  { type: 'txid_snapshot', values: ['10:20:10,14', '1:1:'] },
  { type: 'aclitem', values: ['=r/pg_monitor', 'pg_monitor=arw*d/pg_monitor'], withoutDomain: true },
  { type: 'regclass', values: ['pg_class', 'pg_type', '-'] },
  { type: 'regcollation', values: ['"C"', 'ucs_basic'] },
  { type: 'regconfig', values: ['english', 'simple'] },
  { type: 'regdictionary', values: ['english_stem', 'simple'] },
  { type: 'regnamespace', values: ['public', 'information_schema'] },
  { type: 'regoper', values: ['#-', '|/'] },
  { type: 'regoperator', values: ['+(integer,integer)', '-(NONE,integer)'] },
  { type: 'regproc', values: ['array_agg_transfn', 'now'] },
  { type: 'regprocedure', values: ['abs(integer)', 'abs(numeric)'] },
  { type: 'regrole', values: ['pg_monitor', 'pg_read_all_data'] },
  { type: 'regtype', values: ['integer', 'timestamp with time zone'] },
  // an array of these types begins at 0, the one that jsonb_populate_record builds at 1
  { type: 'int2vector', values: [], lossy: ['1 2', '-1'] },
  { type: 'oidvector', values: [], lossy: ['1 4294967295', '0'] },
  { type: 'information_schema.cardinal_number', values: ['0', '2147483647'] },
  { type: 'information_schema.character_data', values: ['a', 'A'] },
  { type: 'information_schema.sql_identifier', values: ['a', 'a"b'] },
  { type: 'information_schema.time_stamp', values: ['2026-01-31 12:34:56.12+05:45', 'infinity'] },
  { type: 'information_schema.yes_or_no', values: ['YES', 'NO'] },
]

/** What capture renders with, as the settings of a session: texts that are made under them can be compared. */
export const pinnedSettings = `
  set timezone = 'UTC';
  set datestyle = 'ISO, YMD';
  set intervalstyle = 'postgres';
  set bytea_output = 'hex';
  set extra_float_digits = 1;
  set lc_monetary = 'C';`

/** Settings of a session under which most types print otherwise. */
export const oddSettings = `
  set timezone = 'Asia/Kathmandu';
  set datestyle = 'SQL, DMY';
  set intervalstyle = 'sql_standard';
  set bytea_output = 'escape';
  set extra_float_digits = -10;`

/** A text as an SQL literal. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll(`'`, `''`)}'`
}
