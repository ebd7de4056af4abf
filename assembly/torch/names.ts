// Python 2's names of Python 3's classes and functions: a pickle of protocol 2 is written with the old ones (reference
// 3.4; CPython calls it fix_imports, and has the tables in `_compat_pickle`). A name that is no Python 3 name in these
// tables stays as it is, so old spellings pass unchanged.
//
// Each line of NAMES: new module, old module, then names, `new=old` where they differ. Pairs of module and name come
// first, MODULES afterwards: pairs of new and old.
import { findLine, isWord, lineEnd, unpacked, wordEnd } from "../base/lists";

const NAMES: string = `builtins __builtin__ range=xrange chr=unichr str=unicode int=long
builtins exceptions ArithmeticError AssertionError AttributeError BaseException BufferError BytesWarning
builtins exceptions DeprecationWarning EOFError EnvironmentError Exception FloatingPointError FutureWarning
builtins exceptions GeneratorExit IOError ImportError ImportWarning IndentationError IndexError KeyError
builtins exceptions KeyboardInterrupt LookupError MemoryError NameError NotImplementedError OSError OverflowError
builtins exceptions PendingDeprecationWarning ReferenceError RuntimeError RuntimeWarning StopIteration SyntaxError
builtins exceptions SyntaxWarning SystemError SystemExit TabError TypeError UnboundLocalError UnicodeDecodeError
builtins exceptions UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError
builtins exceptions Warning ZeroDivisionError BrokenPipeError=OSError ChildProcessError=OSError
builtins exceptions ConnectionAbortedError=OSError ConnectionError=OSError ConnectionRefusedError=OSError
builtins exceptions ConnectionResetError=OSError FileExistsError=OSError FileNotFoundError=OSError
builtins exceptions InterruptedError=OSError IsADirectoryError=OSError NotADirectoryError=OSError
builtins exceptions PermissionError=OSError ProcessLookupError=OSError TimeoutError=OSError
builtins exceptions ModuleNotFoundError=ImportError
builtins itertools zip=izip map=imap filter=ifilter
itertools itertools filterfalse=ifilterfalse zip_longest=izip_longest
functools __builtin__ reduce
_functools __builtin__ reduce
sys __builtin__ intern
collections UserDict UserDict=IterableUserDict
collections UserList UserList
collections UserString UserString
dbm whichdb whichdb
socket _socket fromfd
_socket socket socket=_socketobject
multiprocessing.connection _multiprocessing Connection
multiprocessing.context multiprocessing.process Process
multiprocessing.popen_fork multiprocessing.forking Popen
multiprocessing.context multiprocessing AuthenticationError BufferTooShort ProcessError TimeoutError
urllib.error urllib ContentTooShortError
urllib.error urllib2 HTTPError URLError
urllib.request urllib getproxies pathname2url url2pathname urlcleanup urlopen urlretrieve
urllib.parse urllib quote_plus quote unquote_plus unquote urlencode
tkinter.filedialog FileDialog FileDialog LoadFileDialog SaveFileDialog
tkinter.simpledialog SimpleDialog SimpleDialog
xmlrpc.server DocXMLRPCServer ServerHTMLDoc XMLRPCDocGenerator DocXMLRPCRequestHandler DocXMLRPCServer
xmlrpc.server DocXMLRPCServer DocCGIXMLRPCRequestHandler
http.server SimpleHTTPServer SimpleHTTPRequestHandler
http.server CGIHTTPServer CGIHTTPRequestHandler`;

const MODULES: string = `builtins __builtin__
copyreg copy_reg
queue Queue
socketserver SocketServer
configparser ConfigParser
reprlib repr
tkinter.filedialog tkFileDialog
tkinter.simpledialog tkSimpleDialog
tkinter.colorchooser tkColorChooser
tkinter.commondialog tkCommonDialog
tkinter.dialog Dialog
tkinter.dnd Tkdnd
tkinter.font tkFont
tkinter.messagebox tkMessageBox
tkinter.scrolledtext ScrolledText
tkinter.constants Tkconstants
tkinter.tix Tix
tkinter.ttk ttk
tkinter Tkinter
_markupbase markupbase
winreg _winreg
_thread thread
_dummy_thread dummy_thread
dbm.bsd dbhash
dbm.dumb dumbdbm
dbm.ndbm dbm
dbm.gnu gdbm
xmlrpc.client xmlrpclib
xmlrpc.server SimpleXMLRPCServer
http.client httplib
html.entities htmlentitydefs
html.parser HTMLParser
http.cookies Cookie
http.cookiejar cookielib
http.server BaseHTTPServer
test.support test.test_support
subprocess commands
urllib.parse urlparse
urllib.robotparser robotparser
urllib.request urllib2
dbm anydbm
collections.abc _abcoll
_bz2 bz2
_dbm dbm
_functools functools
_gdbm gdbm
_pickle pickle`;

let names: usize = 0;
let modules: usize = 0;

let foundModule: usize = 0;
let foundModuleLength: u32 = 0;
let foundName: usize = 0;
let foundNameLength: u32 = 0;
let foundMerged: bool = false;

/** Makes the tables ready. False: no memory. */
export function beginNames(): bool {
  if (modules != 0) return true;
  names = unpacked(NAMES);
  modules = names == 0 ? 0 : unpacked(MODULES);
  return modules != 0;
}

// What `oldName` found.

export function oldModuleAt(): usize {
  return foundModule;
}

export function oldModuleLength(): u32 {
  return foundModuleLength;
}

export function oldNameAt(): usize {
  return foundName;
}

export function oldNameLength(): u32 {
  return foundNameLength;
}

/** Does the old name stand for several new ones, of which this is not the first? (FileNotFoundError was OSError.) */
export function oldNameMerged(): bool {
  return foundMerged;
}

/** Finds how protocol 2 spells a name. Both texts are ranges already checked. */
export function oldName(module: usize, moduleLength: u32, name: usize, nameLength: u32): void {
  foundModule = module;
  foundModuleLength = moduleLength;
  foundName = name;
  foundNameLength = nameLength;
  foundMerged = false;
  let line = findLine(names, module, moduleLength);
  for (; line != 0; line = findLine(lineEnd(line) + 1, module, moduleLength)) {
    if (inLine(line + 1, name, nameLength)) return;
  }
  line = findLine(modules, module, moduleLength);
  if (line == 0) return;
  foundModule = line + 1;
  foundModuleLength = <u32>(lineEnd(foundModule) - foundModule);
}

/** Looks for a name in what follows the new module on a line of NAMES. */
function inLine(old: usize, name: usize, nameLength: u32): bool {
  const oldEnd = wordEnd(old);
  let p = oldEnd;
  while (load<u8>(p) != 10) {
    const from = p + 1;
    let to = wordEnd(from);
    const hit = isWord(from, to, name, nameLength);
    const renamed = load<u8>(to) == 61;
    const oldWord = renamed ? to + 1 : from;
    if (renamed) to = wordEnd(oldWord);
    if (hit) {
      foundModule = old;
      foundModuleLength = <u32>(oldEnd - old);
      foundName = oldWord;
      foundNameLength = <u32>(to - oldWord);
      foundMerged = renamed && load<u8>(old) == 101; // exceptions
      return true;
    }
    p = to;
  }
  return false;
}
