using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IoTStream.Connectors;

namespace IoTStream.State;

/// <summary>
/// Finds what makes bytes of the values that are part of state: what the user gave; for values without references their bytes in memory; for texts, tuples
/// and lists that of their parts; for all else JSON. Immutable and thread-safe.
/// </summary>
internal sealed class StateSerializers
{
    private static readonly ILookup<Type, object> NoMigrations = Array.Empty<object>().ToLookup(static _ => typeof(object));

    private readonly IReadOnlyDictionary<Type, object> _own;
    private readonly ILookup<Type, object> _migrations;
    private readonly JsonSerializerOptions _json;
    private readonly ConcurrentDictionary<Type, object> _found;
    private readonly string? _step;

    /// <param name="own">The serializers that the user gave, by the type of their values.</param>
    /// <param name="json">The user's JSON options; by default those that find out about types by reflection, if it is there.</param>
    /// <param name="migrations">For types of values, the <see cref="StateMigration{T}"/>s that make them of others.</param>
    public StateSerializers(IReadOnlyDictionary<Type, object> own, JsonSerializerOptions? json = null, ILookup<Type, object>? migrations = null)
        : this(own, migrations ?? NoMigrations, WithoutLoss(json ?? DefaultJson()), new ConcurrentDictionary<Type, object>(), step: null)
    {
    }

    private StateSerializers(
        IReadOnlyDictionary<Type, object> own, ILookup<Type, object> migrations, JsonSerializerOptions json, ConcurrentDictionary<Type, object> found, string? step)
    {
        _own = own;
        _migrations = migrations;
        _json = json;
        _found = found;
        _step = step;
    }

    /// <summary>Those that the library has.</summary>
    public static StateSerializers Default { get; } = new(new Dictionary<Type, object>());

    /// <summary>The same for a step, which is named if something goes wrong.</summary>
    public StateSerializers For(string step) => new(_own, _migrations, _json, _found, step);

    /// <summary>The serializer of a type.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public StateSerializer<T> Of<T>()
    {
        if (!_found.TryGetValue(typeof(T), out object? found))
        {
            found = _found.GetOrAdd(typeof(T), Migrating((StateSerializer<T>)Find<T>()));
        }

        return (StateSerializer<T>)found;
    }

    /// <summary>JSON as state needs it: public fields too, and numbers that are not finite.</summary>
    private static JsonSerializerOptions WithoutLoss(JsonSerializerOptions options)
    {
        var json = new JsonSerializerOptions(options) { IncludeFields = true };
        json.TypeInfoResolver ??= DefaultJson().TypeInfoResolver;
        json.NumberHandling |= JsonNumberHandling.AllowNamedFloatingPointLiterals;
        json.MakeReadOnly();
        return json;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Publishing trimmed turns reflection in System.Text.Json off, and the branch with it; who turns it on again has to keep the types.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Publishing ahead-of-time compiled turns reflection in System.Text.Json off, and the branch with it.")]
    private static JsonSerializerOptions DefaultJson() => JsonSerializer.IsReflectionEnabledByDefault
        ? JsonSerializerOptions.Default
        : new JsonSerializerOptions { TypeInfoResolver = JsonTypeInfoResolver.Combine() };

    private StateSerializer<T> Migrating<T>(StateSerializer<T> current) =>
        _migrations[typeof(T)].Cast<StateMigration<T>>().ToArray() is { Length: > 0 } migrations ? new MigratingSerializer<T>(current, migrations, this) : current;

    private object Find<T>()
    {
        Type type = typeof(T);
        if (_own.TryGetValue(type, out object? own))
        {
            return own;
        }

        if (type == typeof(string))
        {
            return new TextSerializer();
        }

        if (type == typeof(BigInteger))
        {
            return new BigIntegerSerializer();
        }

        if (default(T) is IStateFormat<T> format)
        {
            return format.Serializer(this);
        }

        if (type == typeof(byte[]))
        {
            return new BytesSerializer();
        }

        if (type == typeof(RecordOrigin))
        {
            return new OriginSerializer();
        }

        if (type == typeof(RecordContext))
        {
            return new ContextSerializer(Of<RecordOrigin>());
        }

        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>() && !HasOwnPart(type))
        {
            return new RawSerializer<T>();
        }

        return Compose(type) ?? new JsonStateSerializer<T>(TypeInfo<T>());
    }

    /// <summary>Whether the user gave a serializer for a part of a tuple: its bytes are not to be copied over its head.</summary>
    private bool HasOwnPart(Type type) =>
        _own.Count > 0 && type.IsGenericType && type.GetGenericArguments().Any(part => _own.ContainsKey(part) || HasOwnPart(part));

    /// <summary>The serializer of what consists of values that have theirs; null where code cannot be made for it.</summary>
    private object? Compose(Type type)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            return null;
        }

        if (type.IsSZArray)
        {
            return Make(typeof(ArraySerializer<>), type.GetElementType()!);
        }

        if (!type.IsGenericType)
        {
            return null;
        }

        Type[] parts = type.GetGenericArguments();
        Type definition = type.GetGenericTypeDefinition();
        return definition == typeof(Nullable<>) ? Make(typeof(NullableSerializer<>), parts)
            : definition == typeof(List<>) ? Make(typeof(ListSerializer<>), parts)
            : definition == typeof(KeyValuePair<,>) ? Make(typeof(PairSerializer<,>), parts)
            : definition == typeof(ValueTuple<,>) ? Make(typeof(TwoSerializer<,>), parts)
            : definition == typeof(ValueTuple<,,>) ? Make(typeof(ThreeSerializer<,,>), parts)
            : definition == typeof(ValueTuple<,,,>) ? Make(typeof(FourSerializer<,,,>), parts)
            : null;
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only called where code can be made at run time.")]
    [UnconditionalSuppressMessage("Trimming", "IL2055", Justification = "The type parameters of these serializers ask for no members.")]
    private object Make(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type definition,
        params Type[] parts) => Activator.CreateInstance(definition.MakeGenericType(parts), this)!;

    private JsonTypeInfo<T> TypeInfo<T>()
    {
        JsonTypeInfo<T> info;
        try
        {
            info = (JsonTypeInfo<T>)_json.GetTypeInfo(typeof(T));
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException)
        {
            throw new NotSupportedException(
                $"{(_step is null ? "" : $"Step '{_step}': ")}state of type {typeof(T)} cannot be kept in an epoch log, for there is no JSON metadata of it. {exception.Message}",
                exception);
        }

        return JsonLoss.Find(info, _json) is not { } lost
            ? info
            : throw new NotSupportedException(
                $"{(_step is null ? "" : $"Step '{_step}': ")}state of type {TypeName.Of(typeof(T))} cannot be kept in an epoch log as JSON: {lost}. Let it be set, by a setter or a " +
                "constructor, or give a codec of your own with TopologyBuilder.UseStateCodec.");
    }
}
