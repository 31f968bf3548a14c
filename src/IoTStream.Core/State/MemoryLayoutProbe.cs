using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace IoTStream.State;

/// <summary>
/// Finds out what lies where in the values of a type: fields are read out of values all bytes of which are different, and the bytes that come out tell
/// where they were.
/// </summary>
internal sealed class MemoryLayoutProbe<T>
{
    private const int Radix = byte.MaxValue;
    private const byte True = 1;

    private static readonly int Size = Unsafe.SizeOf<T>();

    /// <summary>The bytes of each place tell its number, the low digit here and the high digit there. Where it says that a nullable value has one, it does.</summary>
    private readonly byte[] _lowDigits = [.. Enumerable.Range(0, Size).Select(place => (byte)((place % Radix) + 1))];
    private readonly byte[] _highDigits = [.. Enumerable.Range(0, Size).Select(place => (byte)((place / Radix) + 1))];
    private readonly List<LayoutLeaf> _leaves = [];
    private bool _isWhole = Size <= Radix * Radix;

    private MemoryLayoutProbe()
    {
    }

    /// <summary>The layout of the values of the type, which have no references.</summary>
    public static MemoryLayout Layout { get; } = new MemoryLayoutProbe<T>().Find();

    private MemoryLayout Find()
    {
        if (_isWhole)
        {
            Visit(typeof(T), "", []);
        }

        return new MemoryLayout(_leaves, Size, _isWhole && HasNoHoles() ? null : TypeName.Of(typeof(T)));
    }

    /// <summary>
    /// Whether no field can have been missed. Where the code is compiled ahead of time, fields need not have metadata: there, bytes that are of no field
    /// may well be of one.
    /// </summary>
    private bool HasNoHoles() => RuntimeFeature.IsDynamicCodeSupported || _leaves.Sum(leaf => leaf.Type.Size) == Size;

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field without metadata leaves bytes that are of no field; the layout then says that there are parts it does not know.")]
    private void Visit(Type type, string name, ReadOnlySpan<FieldInfo> path)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            Add(Join(name, "HasValue"), typeof(bool), FindHasValue(path));
            Visit(inner, Join(name, "Value"), path);
        }
        else if (LeafType.TryFind(type, out LeafType? leaf))
        {
            Add(name, type, OffsetOf(path, leaf));
        }
        else if (type.IsPointer || type.IsFunctionPointer || type.IsDefined(typeof(InlineArrayAttribute), inherit: false))
        {
            _isWhole = false;
        }
        else
        {
            FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

            // A size that is not that of the fields is that of something no field tells of, such as a buffer of fixed size.
            _isWhole &= fields.Length == 0 || type.StructLayoutAttribute is not { Size: > 0 };
            foreach (FieldInfo field in fields)
            {
                Visit(field.FieldType, Join(name, PlainName(field.Name)), [.. path, field]);
            }
        }
    }

    private void Add(string name, Type type, int offset)
    {
        if (offset >= 0 && LeafType.TryFind(type, out LeafType? leaf))
        {
            _leaves.Add(new LayoutLeaf(name, leaf, offset));
        }
        else
        {
            _isWhole = false;
        }
    }

    /// <returns>A negative number if the bytes are not found in one piece.</returns>
    private int OffsetOf(ReadOnlySpan<FieldInfo> path, LeafType leaf)
    {
        if (ValueIn(_lowDigits, path) is not { } lowBox || ValueIn(_highDigits, path) is not { } highBox)
        {
            return -1;
        }

        byte[] low = leaf.BytesOf(lowBox);
        byte[] high = leaf.BytesOf(highBox);
        int offset = ((high[0] - 1) * Radix) + low[0] - 1;
        return offset >= 0 && offset <= Size - leaf.Size
            && low.AsSpan().SequenceEqual(_lowDigits.AsSpan(offset, leaf.Size))
            && high.AsSpan().SequenceEqual(_highDigits.AsSpan(offset, leaf.Size)) ? offset : -1;
    }

    /// <summary>A nullable value cannot be looked into, but it is null if one certain byte is zero.</summary>
    private int FindHasValue(ReadOnlySpan<FieldInfo> path)
    {
        byte[] memory = new byte[Size];
        Array.Fill(memory, True);
        for (int place = 0; place < Size; place++)
        {
            memory[place] = 0;
            bool isHere = ValueIn(memory, path) is null && (path.IsEmpty || ValueIn(memory, path[..^1]) is not null);
            memory[place] = True;
            if (isHere)
            {
                _lowDigits[place] = True;
                _highDigits[place] = True;
                return place;
            }
        }

        return -1;
    }

    /// <summary>The value to which fields lead from a value that has these bytes.</summary>
    private static object? ValueIn(byte[] memory, ReadOnlySpan<FieldInfo> path)
    {
        object? value = Unsafe.ReadUnaligned<T>(ref memory[0]);
        foreach (FieldInfo field in path)
        {
            if (value is null)
            {
                return null;
            }

            value = field.GetValue(value);
        }

        return value;
    }

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : prefix + "." + name;

    /// <summary>The name of a field in the source, where the compiler made another of it, without what separates names in formats.</summary>
    private static string PlainName(string name)
    {
        int end = name.LastIndexOf('>');
        string plain = name[0] == '<' && end > 1 ? name[1..end] : name;
        return string.Concat(plain.Select(letter => char.IsLetterOrDigit(letter) ? letter : '_'));
    }
}
