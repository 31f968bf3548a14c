using System.Text.Json;
using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>What the user says about how state is kept; <see cref="ToSerializers"/> when all has been said. Not thread-safe.</summary>
internal sealed class StateRules
{
    private readonly Dictionary<Type, object> _codecs = [];
    private readonly List<(Type Of, Type? From, object Migration)> _migrations = [];

    public JsonSerializerOptions? Json { get; set; }

    public void UseCodec<T>(string format, ICodec<T> codec)
    {
        Check(format, nameof(format));
        if (BytesOfFormat.IsOfLibrary(format))
        {
            throw new ArgumentException($"'{format}' is what the library calls a format of its own. Give the codec another name, such as '{typeof(T).Name} 1'.", nameof(format));
        }

        if (!_codecs.TryAdd(typeof(T), new CodecSerializer<T>(format, codec)))
        {
            throw new ArgumentException($"There is a codec for {TypeName.Of(typeof(T))} already.", nameof(codec));
        }
    }

    public void Migrate<T>(string oldFormat, IDecoder<T> decoder)
    {
        if (!BytesOfFormat.IsOfLibrary(oldFormat))
        {
            Check(oldFormat, nameof(oldFormat));
        }

        _migrations.Add((typeof(T), null, new DecoderMigration<T>(oldFormat, decoder)));
    }

    public void Migrate<TOld, T>(Func<TOld, T> migrate)
    {
        if (ComesFrom(typeof(TOld), typeof(T)))
        {
            throw new ArgumentException(
                $"Migrations go from the old to the new: {TypeName.Of(typeof(TOld))} is itself migrated from {TypeName.Of(typeof(T))}, or is the same. If a type has changed but not its name, " +
                "keep the old one under another name.",
                nameof(migrate));
        }

        _migrations.Add((typeof(T), typeof(TOld), new FunctionMigration<TOld, T>(migrate)));
    }

    public StateSerializers ToSerializers() => _codecs.Count == 0 && _migrations.Count == 0 && Json is null
        ? StateSerializers.Default
        : new StateSerializers(new Dictionary<Type, object>(_codecs), Json, _migrations.ToLookup(rule => rule.Of, rule => rule.Migration));

    private bool ComesFrom(Type type, Type origin) =>
        type == origin || _migrations.Exists(rule => rule.Of == type && rule.From is { } from && ComesFrom(from, origin));

    private static void Check(string format, string parameter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(format, parameter);
        if (format.AsSpan().IndexOfAny("(){};") >= 0 || format.Contains(" => ", StringComparison.Ordinal))
        {
            throw new ArgumentException($"The format '{format}' has a parenthesis, brace, semicolon or ' => ' in it, which separate formats that consist of others. Leave them out.", parameter);
        }
    }
}
