"""Names of the functions that eval has."""

FUNCTIONS = set(
    """if case coalesce validate nullif in like match searchmatch cidrmatch true false null isnull isnotnull isnum isstr
    isint isbool typeof mvappend mvcount mvdedup mvfilter mvfind mvindex mvjoin mvmap mvrange mvsort mvzip split len
    lower upper trim ltrim rtrim replace substr urldecode spath tostring tonumber printf strftime strptime relative_time
    now time round floor ceiling abs exact sqrt pow exp ln log max min random md5 sha1 sha256 sha512 commands
    json_object json_extract json_array mvreverse ipmask""".split()
)
