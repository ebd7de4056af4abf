// Python 2's names that torch's restricted unpickler knows (reference §5.4): what a file calls `__builtin__.xrange` is judged,
// allowed and told as `builtins.range`. Read by asc and by tsc, so that the name in a message is the name that was judged.
//
// Pairs come first: old module, old name, module, name. Then modules: old, new.

export const PYTHON2_PAIRS: string = `__builtin__ xrange builtins range
__builtin__ reduce functools reduce
__builtin__ intern sys intern
__builtin__ unichr builtins chr
__builtin__ unicode builtins str
__builtin__ long builtins int
__builtin__ basestring builtins str
itertools izip builtins zip
itertools imap builtins map
itertools ifilter builtins filter
itertools ifilterfalse itertools filterfalse
itertools izip_longest itertools zip_longest
UserDict IterableUserDict collections UserDict
UserDict UserDict collections UserDict
UserList UserList collections UserList
UserString UserString collections UserString
exceptions StandardError builtins Exception`;

export const PYTHON2_MODULES: string = `__builtin__ builtins
copy_reg copyreg
Queue queue
repr reprlib
_abcoll collections.abc
UserDict collections
UserList collections
UserString collections
whichdb dbm
StringIO io
cStringIO io`;
