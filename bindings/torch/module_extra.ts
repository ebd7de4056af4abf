// What a layer of torch's own says of itself between its parentheses, as a table: for each class a template over its
// attributes, or a function. `{name}` stands for Python's str of an attribute, `{name!r}` for its repr. Classes of other
// programs say what their code says, and code is never in a file: they have no line here.

import { Float } from "../python/float.js";
import { reprOf, strOf } from "../python/repr.js";
import { PyObject } from "../python/object.js";
import { Str } from "../python/str.js";
import { Tuple } from "../python/tuple.js";
import type { ModuleBase } from "./module_base.js";
import { Parameter } from "./parameter.js";
import { Tensor } from "./tensor.js";
import { tensorTypeName, typeName } from "./type_name.js";

type Extra = string | ((module: ModuleBase) => string | undefined);

const INPLACE = (head: string): Extra => (module) => {
  const text = head === "" ? "" : filled(module, head);
  if (text === undefined || module.attribute("inplace") !== true) return text;
  return text === "" ? "inplace=True" : `${text}, inplace=True`;
};

const CONV: Extra = (module) => filled(module,
  "{in_channels}, {out_channels}, kernel_size={kernel_size}, stride={stride}" +
    (isAll(module.attribute("padding"), 0) ? "" : ", padding={padding}") +
    (isAll(module.attribute("dilation"), 1) ? "" : ", dilation={dilation}") +
    (isAll(module.attribute("output_padding"), 0) ? "" : ", output_padding={output_padding}") +
    (plain(module.attribute("groups")) === 1 ? "" : ", groups={groups}") +
    (hasBias(module) ? "" : ", bias=False") +
    (plain(module.attribute("padding_mode") ?? "zeros") === "zeros" ? "" : ", padding_mode={padding_mode}"),
);

const RECURRENT: Extra = (module) => filled(module, "{input_size}, {hidden_size}" + without(module, [
  ["proj_size", 0], ["num_layers", 1], ["bias", true], ["batch_first", false], ["dropout", 0], ["bidirectional", false],
]));

const CELL: Extra = (module) => filled(module, "{input_size}, {hidden_size}" + without(module, [
  ["bias", true], ["nonlinearity", "tanh"],
]));

const EMBEDDING: Extra = (module) => filled(module, "{num_embeddings}, {embedding_dim}" + without(module, [
  ["padding_idx", null], ["max_norm", null], ["norm_type", 2], ["scale_grad_by_freq", false],
]) + (module.attribute("sparse") === false ? "" : ", sparse=True"));

const EMBEDDING_BAG: Extra = (module) => filled(module, "{num_embeddings}, {embedding_dim}" + without(module, [
  ["max_norm", null], ["norm_type", 2], ["scale_grad_by_freq", false],
]) + ", mode={mode!r}" + without(module, [["padding_idx", null]]));

const UPSAMPLE: Extra = (module) => filled(module,
  `${(module.attribute("scale_factor") ?? null) === null ? "size={size!r}" : "scale_factor={scale_factor!r}"}, mode={mode!r}`);

const BIAS = (template: string): Extra => (module) => filled(module, template.replace("{bias}", hasBias(module) ? "True" : "False"));

const LIST: Extra = (module) => containerText(listed(module), (tensor) => String(tensor.type));
const DICT: Extra = (module) => containerText(keyed(module), tensorTypeName);

const NORM: Extra = BIAS("{num_features}, eps={eps}, momentum={momentum}, affine={affine}, bias={bias}, track_running_stats={track_running_stats}");
const RESIZED = "output_size={output_size}";
const SLIDING = "kernel_size={kernel_size}, stride={stride}, padding={padding}";
const DIM: Extra = (module) => (module.attribute("dim") === undefined ? "dim=None" : filled(module, "dim={dim}"));

/** Classes by their file in `torch.nn.modules`: names, one line for all of them. */
const LAYERS: readonly (readonly [file: string, names: string, extra: Extra])[] = [
  ["linear", "Linear NonDynamicallyQuantizableLinear LazyLinear _LinearWithBias", BIAS("in_features={in_features}, out_features={out_features}, bias={bias}")],
  ["linear", "Bilinear", BIAS("in1_features={in1_features}, in2_features={in2_features}, out_features={out_features}, bias={bias}")],
  ["activation", "ReLU ReLU6 SELU SiLU Mish", INPLACE("")],
  ["activation", "Threshold", INPLACE("threshold={threshold}, value={value}")],
  ["activation", "RReLU", INPLACE("lower={lower}, upper={upper}")],
  ["activation", "Hardtanh", INPLACE("min_val={min_val}, max_val={max_val}")],
  ["activation", "ELU CELU", INPLACE("alpha={alpha}")],
  ["activation", "LeakyReLU", INPLACE("negative_slope={negative_slope}")],
  ["activation", "GLU", "dim={dim}"],
  ["activation", "Softmin Softmax LogSoftmax", DIM],
  ["activation", "GELU", "approximate={approximate!r}"],
  ["activation", "Hardshrink Softshrink", "{lambd}"],
  ["activation", "Softplus", "beta={beta}, threshold={threshold}"],
  ["activation", "PReLU", "num_parameters={num_parameters}"],
  ["batchnorm", "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d", NORM],
  ["instancenorm", "InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d", NORM],
  ["channelshuffle", "ChannelShuffle", "groups={groups}"],
  ["container", "ParameterList", LIST],
  ["container", "ParameterDict", DICT],
  ["conv", "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d", CONV],
  ["conv", "LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d", CONV],
  ["dropout", "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout", "p={p}, inplace={inplace}"],
  ["flatten", "Flatten", "start_dim={start_dim}, end_dim={end_dim}"],
  ["flatten", "Unflatten", "dim={dim}, unflattened_size={unflattened_size}"],
  ["fold", "Fold", "output_size={output_size}, kernel_size={kernel_size}, dilation={dilation}, padding={padding}, stride={stride}"],
  ["fold", "Unfold", "kernel_size={kernel_size}, dilation={dilation}, padding={padding}, stride={stride}"],
  ["normalization", "LocalResponseNorm CrossMapLRN2d", "{size}, alpha={alpha}, beta={beta}, k={k}"],
  ["normalization", "LayerNorm", BIAS("{normalized_shape}, eps={eps}, elementwise_affine={elementwise_affine}, bias={bias}")],
  ["normalization", "GroupNorm", BIAS("{num_groups}, {num_channels}, eps={eps}, affine={affine}, bias={bias}")],
  ["normalization", "RMSNorm", "{normalized_shape}, eps={eps}, elementwise_affine={elementwise_affine}"],
  ["padding", "ZeroPad1d ZeroPad2d ZeroPad3d CircularPad1d CircularPad2d CircularPad3d", "{padding}"],
  ["padding", "ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d", "{padding}"],
  ["padding", "ConstantPad1d ConstantPad2d ConstantPad3d", "padding={padding}, value={value}"],
  ["pixelshuffle", "PixelShuffle", "upscale_factor={upscale_factor}"],
  ["pixelshuffle", "PixelUnshuffle", "downscale_factor={downscale_factor}"],
  ["pooling", "MaxPool1d MaxPool2d MaxPool3d", `${SLIDING}, dilation={dilation}, ceil_mode={ceil_mode}`],
  ["pooling", "MaxUnpool1d MaxUnpool2d MaxUnpool3d AvgPool1d AvgPool2d AvgPool3d", SLIDING],
  ["pooling", "LPPool1d LPPool2d LPPool3d", "norm_type={norm_type}, kernel_size={kernel_size}, stride={stride}, ceil_mode={ceil_mode}"],
  ["pooling", "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d", RESIZED],
  ["rnn", "RNN LSTM GRU", RECURRENT],
  ["rnn", "RNNCell LSTMCell GRUCell", CELL],
  ["sparse", "Embedding", EMBEDDING],
  ["sparse", "EmbeddingBag", EMBEDDING_BAG],
  ["upsampling", "Upsample UpsamplingNearest2d UpsamplingBilinear2d", UPSAMPLE],
];

const TABLE: ReadonlyMap<string, Extra> = new Map(LAYERS.flatMap(([file, names, extra]) =>
  names.split(" ").map((name): [string, Extra] => [`torch.nn.modules.${file}.${name}`, extra])));

/** What the module says of itself; nothing where its class is not torch's, or lacks what the line needs. */
export function extraText(module: ModuleBase): string {
  const extra = TABLE.get(`${module.module}.${module.name}`);
  if (extra === undefined) return "";
  return (typeof extra === "string" ? filled(module, extra) : extra(module)) ?? "";
}

/** A template with the attributes' texts; undefined where one is missing, as in files of releases that had it not yet. */
function filled(module: ModuleBase, template: string): string | undefined {
  let isWhole = true;
  const text = template.replaceAll(/\{(\w+)(!r)?\}/g, (_, name: string, repr: string | undefined) => {
    const value = module.attribute(name);
    if (value === undefined) isWhole = false;
    return attributeText(value, repr !== undefined);
  });
  return isWhole ? text : undefined;
}

/** `, name={name}` for each attribute that is there and is not what it is by default. */
function without(module: ModuleBase, defaults: readonly (readonly [string, unknown])[]): string {
  return defaults.filter(([name, usual]) => {
    const value = module.attribute(name);
    return value !== undefined && plain(value) !== usual;
  }).map(([name]) => `, ${name}={${name}}`).join("");
}

/** An attribute's text. What could hold the module itself is only named: text of text would have no end. */
function attributeText(value: unknown, repr: boolean): string {
  if (!isFlat(value)) return `<${typeName(value)} object>`;
  return repr ? reprOf(value) : strOf(value);
}

/** Is it a value without parts, or a tuple or list of few such? */
function isFlat(root: unknown, most: number = 1024): boolean {
  const stack: unknown[] = [root];
  for (let met = 0; stack.length > 0; met++) {
    const value = stack.pop();
    if (met > most || value instanceof Map || value instanceof Set || value instanceof PyObject) return false;
    if (!(value instanceof Tuple || Array.isArray(value))) continue;
    if (value.length > most) return false;
    stack.push(...value);
  }
  return true;
}

function isAll(value: unknown, wanted: number): boolean {
  return value === undefined || (value instanceof Tuple && value.every((item) => item === wanted));
}

/** A value out of its box. */
function plain(value: unknown): unknown {
  return value instanceof Float || value instanceof Str ? value.value : value;
}

function hasBias(module: ModuleBase): boolean {
  return (module.table("_parameters").get("bias") ?? null) !== null;
}

/** The items of a ParameterList: since 1.12 attributes by number, before that its parameters. */
function listed(module: ModuleBase): [string, unknown][] {
  const size = plain(module.attribute("_size"));
  if (typeof size !== "number") return [...module.ownParameters()];
  const most = module.attributes.size + module.table("_parameters").size + module.table("_buffers").size + module.table("_modules").size;
  return Array.from({ length: Math.min(size, most) }, (_, i) => [String(i), memberOf(module, String(i))]);
}

/** The items of a ParameterDict: since 1.12 by the names in `_keys`, before that its parameters. */
function keyed(module: ModuleBase): [string, unknown][] {
  const keys = module.attribute("_keys");
  if (!(keys instanceof Map)) return [...module.ownParameters()];
  return Array.from(keys.keys(), (key: unknown) => [strOf(key), memberOf(module, strOf(key))]);
}

/** An attribute as Python finds it: in the module's `__dict__`, else in its tables. */
export function memberOf(module: ModuleBase, name: string): unknown {
  const own = module.attribute(name);
  if (own !== undefined) return own;
  for (const table of ["_parameters", "_buffers", "_modules"]) {
    const found: unknown = module.table(table).get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function containerText(items: readonly (readonly [string, unknown])[], typeText: (tensor: Tensor) => string): string {
  return items.map(([name, item]) => {
    if (!(item instanceof Tensor)) return `  (${name}): Object of type: ${typeName(item).split(".").pop()}`;
    const place = item.device.startsWith("cuda") ? ` (${item.device})` : "";
    return `  (${name}): ${item instanceof Parameter ? "Parameter" : "Tensor"} containing: [${typeText(item)} of size ${item.shape.join("x")}${place}]`;
  }).join("\n");
}
