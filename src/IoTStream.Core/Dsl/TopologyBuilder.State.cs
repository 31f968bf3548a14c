using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IoTStream.Connectors;
using IoTStream.Runtime;
using IoTStream.State;

namespace IoTStream.Dsl;

public sealed partial class TopologyBuilder
{
    private readonly StateRules _state = new();

    /// <summary>Keeps the values of a type in the epoch log as a codec writes them, wherever they are state, or part of a list or tuple that is.</summary>
    /// <param name="format">A name for what the codec writes, kept beside the bytes; give it another when the bytes become others.</param>
    /// <param name="codec">The codec; thread-safe. It is not given null.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="format"/> is empty, has a parenthesis, brace, semicolon or " => " in it, or is a format of the library's; or the type has a codec already.
    /// </exception>
    public TopologyBuilder UseStateCodec<T>(string format, ICodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(codec);
        _state.UseCodec(format, codec);
        return this;
    }

    /// <summary>Reads values that were kept in another format, with what decodes it.</summary>
    /// <param name="oldFormat">
    /// The name that was given to <see cref="UseStateCodec"/>, or a format of the library's for a value without references or a JSON value, as the
    /// <see cref="StateMismatchException"/> tells it. For formats that consist of others, migrate from the old type.
    /// </param>
    /// <param name="decoder">Makes values of the bytes: what the codec wrote, the JSON, or the value as it lay in memory. Thread-safe.</param>
    /// <typeparam name="T">The type of the values now.</typeparam>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="oldFormat"/> is empty, or consists of others.</exception>
    public TopologyBuilder MigrateState<T>(string oldFormat, IDecoder<T> decoder)
    {
        ArgumentNullException.ThrowIfNull(oldFormat);
        ArgumentNullException.ThrowIfNull(decoder);
        _state.Migrate(oldFormat, decoder);
        return this;
    }

    /// <summary>Reads values that were kept when they were of another type.</summary>
    /// <param name="migrate">Makes new values of old ones. Thread-safe. Where values are keys, it has to keep different ones different.</param>
    /// <typeparam name="TOld">The type that they had, as it was; it may have another name than it had.</typeparam>
    /// <typeparam name="T">The type of the values now.</typeparam>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The types are the same, or the old one is migrated from the new one.</exception>
    public TopologyBuilder MigrateState<TOld, T>(Func<TOld, T> migrate)
    {
        ArgumentNullException.ThrowIfNull(migrate);
        _state.Migrate(migrate);
        return this;
    }

    /// <summary>
    /// Keeps values that have no other format as JSON with these options, to which public fields and numbers that are not finite are added. By default the options
    /// are those of <see cref="JsonSerializerOptions.Default"/>.
    /// </summary>
    /// <param name="options">The options; what is changed in them later does not matter.</param>
    /// <returns>This builder.</returns>
    public TopologyBuilder UseStateJson(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _state.Json = new JsonSerializerOptions(options);
        return this;
    }

    /// <summary>Keeps values that have no other format as JSON with the metadata of a resolver, such as a source-generated context.</summary>
    /// <param name="resolver">Knows the types.</param>
    /// <returns>This builder.</returns>
    public TopologyBuilder UseStateJson(IJsonTypeInfoResolver resolver)
    {
        ArgumentNullException.ThrowIfNull(resolver);
        return UseStateJson(new JsonSerializerOptions { TypeInfoResolver = resolver });
    }
}
