using System.Globalization;
using System.Text.Json.Nodes;

namespace IoTStream.Avro.Tests.Support;

/// <summary>Random schemas, and random generic values of schemas.</summary>
internal sealed class Generated(Random random, int branches)
{
    private static readonly string[] Primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
    private static readonly string[] Texts = ["", "a", "ärger", "𝄞 clef", "\0", "\"quoted\"\n", new('x', 300)];
    private readonly List<string> _named = [];
    private int _names;

    /// <param name="random">What it is drawn from.</param>
    /// <param name="branches">How many branches besides null a union has at most.</param>
    public static AvroSchema Schema(Random random, int branches = 4) => AvroSchema.Parse(new Generated(random, branches).Record(3).ToJsonString());

    public static object? Value(Random random, AvroSchema schema, int depth = 0)
    {
        switch (schema)
        {
            case AvroRecordSchema record:
                var value = new AvroRecord(record);
                foreach (AvroField field in record.Fields)
                {
                    value[field.Name] = Value(random, field.Schema, depth + 1);
                }

                return value;
            case AvroEnumSchema symbols:
                return new AvroSymbol(symbols, symbols.Symbols[random.Next(symbols.Symbols.Count)]);
            case AvroFixedSchema bytes:
                return new AvroFixed(bytes, Bytes(random, bytes.Size));
            case AvroArraySchema array:
                return Enumerable.Range(0, depth > 8 ? 0 : random.Next(5)).Select(_ => Value(random, array.Items, depth + 1)).ToArray();
            case AvroMapSchema map:
                return Enumerable.Range(0, depth > 8 ? 0 : random.Next(4)).ToDictionary(i => $"{Texts[random.Next(Texts.Length)]}{i}", _ => Value(random, map.Values, depth + 1));
            case AvroUnionSchema union:
                // The first branch of a union that could go on for ever is null.
                return Value(random, union.Branches[depth > 8 ? 0 : random.Next(union.Branches.Count)], depth + 1);
            default:
                return Primitive(random, schema.Kind);
        }
    }

    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (AvroRecord a, AvroRecord b) => a.Schema.FullName == b.Schema.FullName
            && a.Schema.Fields.Select(field => field.Name).SequenceEqual(b.Schema.Fields.Select(field => field.Name))
            && a.Schema.Fields.All(field => AreEqual(a[field.Name], b[field.Name])),
        (object?[] a, object?[] b) => a.Length == b.Length && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second)),
        (Dictionary<string, object?> a, Dictionary<string, object?> b) => a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out object? other) && AreEqual(entry.Value, other)),
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        _ => Equals(left, right),
    };

    private static object? Primitive(Random random, AvroKind kind) => kind switch
    {
        AvroKind.Null => null,
        AvroKind.Boolean => random.Next(2) == 0,
        AvroKind.Int => (int)Integer(random, 32),
        AvroKind.Long => Integer(random, 64),
        AvroKind.Float => BitConverter.Int32BitsToSingle((int)Integer(random, 32)) is var single && float.IsFinite(single) ? single : 1.5f,
        AvroKind.Double => BitConverter.Int64BitsToDouble(Integer(random, 64)) is var number && double.IsFinite(number) ? number : -0.1,
        AvroKind.Bytes => Bytes(random, random.Next(20)),
        _ => Texts[random.Next(Texts.Length)],
    };

    // Of every length in bits, with the extremes.
    private static long Integer(Random random, int bits) => random.NextInt64(long.MinValue, long.MaxValue) >> (64 - bits + random.Next(bits));

    private static byte[] Bytes(Random random, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        return bytes;
    }

    private JsonNode Any(int depth, bool mayBeUnion)
    {
        switch (random.Next(depth > 0 ? 14 : 8))
        {
            case 8:
                return new JsonObject { ["type"] = "array", ["items"] = Any(depth - 1, true) };
            case 9:
                return new JsonObject { ["type"] = "map", ["values"] = Any(depth - 1, true) };
            case 10:
                return new JsonObject { ["type"] = "enum", ["name"] = Name(), ["symbols"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 5)).Select(i => (JsonNode)$"S{i}")]) };
            case 11:
                return new JsonObject { ["type"] = "fixed", ["name"] = Name(), ["size"] = random.Next(1, 20) };
            case 12 when mayBeUnion:
                return Union(depth);
            case 13:
                return Record(depth - 1);
            case var primitive:
                return Primitives[primitive % Primitives.Length];
        }
    }

    private JsonArray Union(int depth)
    {
        var found = new List<JsonNode> { "null" };
        HashSet<string> kinds = ["null"];
        for (int count = random.Next(branches + 1); count > 0; count--)
        {
            JsonNode branch = Any(depth - 1, mayBeUnion: false);
            if (kinds.Add(branch is JsonObject definition ? (string?)definition["name"] ?? (string)definition["type"]! : (string)branch!))
            {
                found.Add(branch);
            }
        }

        if (found.Count <= branches && _named.Count > 0 && random.Next(2) == 0 && _named[random.Next(_named.Count)] is var name && kinds.Add(name))
        {
            found.Add(name);
        }

        return new JsonArray([.. found]);
    }

    private JsonObject Record(int depth)
    {
        string name = Name();
        string fullName = $"n.{name}";
        var record = new JsonObject { ["type"] = "record", ["name"] = name, ["namespace"] = "n" };
        _named.Add(fullName);
        record["fields"] = new JsonArray([.. Enumerable.Range(0, random.Next(6)).Select(i => (JsonNode)new JsonObject { ["name"] = $"f{i}", ["type"] = Any(depth, true) })]);
        _named.Remove(fullName);
        return record;
    }

    private string Name() => string.Create(CultureInfo.InvariantCulture, $"T{_names++}");
}
