using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using IoTStream.Connectors;

namespace IoTStream.Avro;

/// <summary>A client of a schema registry with Confluent's interface, and codecs of its wire format: a zero, the number of the schema in four bytes, then the value.</summary>
/// <remarks>Thread-safe. Schemas are asked for once and kept: a number never changes its meaning.</remarks>
public sealed class SchemaRegistry : IDisposable
{
    private const int MaximumDepth = 32;
    private const int MaximumUnknown = 1_000;
    private readonly SchemaRegistryOptions _options;
    private readonly RegistryConnection _connection;
    private readonly ConcurrentDictionary<int, AvroSchema> _schemas = new();
    private readonly ConcurrentDictionary<int, (long Until, string Reason)> _unknown = new();

    /// <summary>A client. Nothing is asked yet.</summary>
    /// <param name="options">Where the registry is.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public SchemaRegistry(SchemaRegistryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.Address.IsAbsoluteUri || options.Address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"The address is to be one of http or https, not '{options.Address}'.", nameof(options));
        }

        if (options.Retries < 0 || options.RetryDelay < TimeSpan.Zero || options.Timeout <= TimeSpan.Zero || options.UnknownFor < TimeSpan.Zero || options.Capacity < 1)
        {
            throw new ArgumentException("Times and numbers are not to be negative, and a timeout and a capacity not zero.", nameof(options));
        }

        _options = options;
        _connection = new RegistryConnection(options);
    }

    /// <summary>A decoder: what is read was written with any schema of the registry that can be resolved to that of the type.</summary>
    /// <remarks>
    /// The first value of each schema waits for the registry, on the thread that decodes. A value whose schema the registry does not know, or cannot be resolved, or cannot be had within
    /// the retries, is refused, and with it goes to the dead letters.
    /// </remarks>
    /// <param name="type">The type of the values.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="ArgumentNullException"><paramref name="type"/> is null.</exception>
    public IDecoder<T> Decoder<T>(AvroType<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new RegistryCodec<T>(this, type, id: null);
    }

    /// <summary>A codec: as <see cref="Decoder"/>, and values are written with the schema of the type, which the subject has to have.</summary>
    /// <param name="type">The type of the values.</param>
    /// <param name="subject">The subject; see <see cref="SubjectName"/>.</param>
    /// <param name="register">Whether the schema is registered if the subject does not have it. Not so by default: schemas are a contract, which a program should not change by being started.</param>
    /// <param name="references">What the schema uses of other subjects.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <exception cref="SchemaRegistryException">The subject does not have the schema, or it is not compatible with those that it has.</exception>
    public async Task<ICodec<T>> CodecAsync<T>(
        AvroType<T> type, string subject, bool register = false, IReadOnlyList<SchemaReference>? references = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        int id = register
            ? await RegisterAsync(subject, type.Schema, references, cancellationToken).ConfigureAwait(false)
            : await IdOfAsync(subject, type.Schema, references, cancellationToken).ConfigureAwait(false);
        return new RegistryCodec<T>(this, type, id);
    }

    /// <summary>Registers a schema as the next version of a subject, unless it has it already.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="references">What it uses of other subjects.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The number of the schema.</returns>
    /// <exception cref="SchemaRegistryException">It is not compatible (409), or the registry could not be asked.</exception>
    public async Task<int> RegisterAsync(string subject, AvroSchema schema, IReadOnlyList<SchemaReference>? references = null, CancellationToken cancellationToken = default)
    {
        SchemaMessage answer = await _connection.SendAsync(
            HttpMethod.Post, $"{PathOf(subject)}/versions", MessageOf(schema, references), RegistryMessages.Default.SchemaMessage, cancellationToken).ConfigureAwait(false);
        return Keep(Required(answer.Id, "id"), schema);
    }

    /// <summary>The number that a schema has in a subject.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="references">What it uses of other subjects.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SchemaRegistryException">The subject does not have it (404), or the registry could not be asked.</exception>
    public async Task<int> IdOfAsync(string subject, AvroSchema schema, IReadOnlyList<SchemaReference>? references = null, CancellationToken cancellationToken = default)
    {
        SchemaMessage answer = await _connection.SendAsync(
            HttpMethod.Post, PathOf(subject), MessageOf(schema, references), RegistryMessages.Default.SchemaMessage, cancellationToken).ConfigureAwait(false);
        return Keep(Required(answer.Id, "id"), schema);
    }

    /// <summary>The latest schema of a subject.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SchemaRegistryException">There is no such subject (404), or the registry could not be asked.</exception>
    /// <exception cref="AvroSchemaException">The registry's schema is not valid.</exception>
    public async Task<RegisteredSchema> LatestAsync(string subject, CancellationToken cancellationToken = default)
    {
        SchemaMessage answer = await _connection.SendAsync(
            HttpMethod.Get, $"{PathOf(subject)}/versions/latest", body: null, RegistryMessages.Default.SchemaMessage, cancellationToken).ConfigureAwait(false);
        List<AvroSchema> references = [];
        await ReferencesAsync(answer, references, 0, cancellationToken).ConfigureAwait(false);
        AvroSchema schema = Parse(answer, references);
        int id = Keep(Required(answer.Id, "id"), schema);
        return new RegisteredSchema(id, subject, Required(answer.Version, "version"), schema);
    }

    /// <summary>Asks whether a schema could be registered in a subject.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="references">What it uses of other subjects.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why not; nothing if it could. A registry that gives no reasons says that in one.</returns>
    /// <exception cref="SchemaRegistryException">The registry could not be asked.</exception>
    public async Task<IReadOnlyList<string>> CheckAsync(string subject, AvroSchema schema, IReadOnlyList<SchemaReference>? references = null, CancellationToken cancellationToken = default)
    {
        CompatibilityMessage answer = await _connection.SendAsync(
            HttpMethod.Post, $"compatibility/{PathOf(subject)}/versions?verbose=true", MessageOf(schema, references), RegistryMessages.Default.CompatibilityMessage, cancellationToken).ConfigureAwait(false);
        return answer.IsCompatible ? [] : answer.Messages is { Count: > 0 } messages ? messages : ["The registry says that it is not compatible, and not why."];
    }

    /// <summary>Ends the client: decoders that wait for the registry give up.</summary>
    public void Dispose() => _connection.Dispose();

    /// <summary>The schema of a number, from what is kept or from the registry.</summary>
    internal AvroSchema SchemaOf(int id)
    {
        if (_schemas.TryGetValue(id, out AvroSchema? known))
        {
            return known;
        }

        // Whoever sends numbers that do not exist must not make a request of each.
        if (_unknown.TryGetValue(id, out (long Until, string Reason) refused) && _options.TimeProvider.GetTimestamp() < refused.Until)
        {
            throw new AvroException(refused.Reason);
        }

        SchemaMessage answer;
        try
        {
            answer = _connection.Send(string.Create(CultureInfo.InvariantCulture, $"schemas/ids/{id}"), RegistryMessages.Default.SchemaMessage);
        }
        catch (SchemaRegistryException unknown) when (unknown.Status == HttpStatusCode.NotFound)
        {
            string reason = $"The schema registry has no schema {id}: {unknown.Message}";
            if (_unknown.Count >= MaximumUnknown)
            {
                _unknown.Clear();
            }

            _unknown[id] = (_options.TimeProvider.GetTimestamp() + (long)(_options.UnknownFor.TotalSeconds * _options.TimeProvider.TimestampFrequency), reason);
            throw new AvroException(reason, unknown);
        }

        List<AvroSchema> references = [];
        References(answer, references, 0);
        AvroSchema schema = Parse(answer, references);
        Keep(id, schema);
        return schema;
    }

    private static string PathOf(string subject)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        return $"subjects/{Uri.EscapeDataString(subject)}";
    }

    private static SchemaMessage MessageOf(AvroSchema schema, IReadOnlyList<SchemaReference>? references)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new SchemaMessage(schema.ToJson(), null, references?.Select(found => new ReferenceMessage(found.Name, found.Subject, found.Version)).ToArray(), null, null, null);
    }

    private static AvroSchema Parse(SchemaMessage message, IEnumerable<AvroSchema> references)
    {
        if (message.SchemaType is not (null or "AVRO"))
        {
            throw new AvroSchemaException($"The schema of the registry is one of {message.SchemaType}, not of Avro.");
        }

        return AvroSchema.Parse(message.Schema ?? throw new SchemaRegistryException("The schema registry's answer has no schema."), references);
    }

    private static int Required(int? number, string what) => number ?? throw new SchemaRegistryException($"The schema registry's answer has no {what}.");

    private static string PathOf(ReferenceMessage reference, int depth) =>
        depth < MaximumDepth ? $"{PathOf(reference.Subject)}/versions/{reference.Version}" : throw new SchemaRegistryException($"References of schemas go more than {MaximumDepth} deep, or in a circle.");

    private void References(SchemaMessage message, List<AvroSchema> found, int depth)
    {
        foreach (ReferenceMessage reference in message.References ?? [])
        {
            SchemaMessage answer = _connection.Send(PathOf(reference, depth), RegistryMessages.Default.SchemaMessage);
            References(answer, found, depth + 1);
            found.Add(Parse(answer, found));
        }
    }

    private async Task ReferencesAsync(SchemaMessage message, List<AvroSchema> found, int depth, CancellationToken cancellationToken)
    {
        foreach (ReferenceMessage reference in message.References ?? [])
        {
            SchemaMessage answer = await _connection.SendAsync(HttpMethod.Get, PathOf(reference, depth), body: null, RegistryMessages.Default.SchemaMessage, cancellationToken).ConfigureAwait(false);
            await ReferencesAsync(answer, found, depth + 1, cancellationToken).ConfigureAwait(false);
            found.Add(Parse(answer, found));
        }
    }

    private int Keep(int id, AvroSchema schema)
    {
        if (_schemas.Count >= _options.Capacity && !_schemas.ContainsKey(id))
        {
            throw new SchemaRegistryException($"This client has {_schemas.Count} schemas already, as many as it keeps (SchemaRegistryOptions.Capacity).");
        }

        _schemas.TryAdd(id, schema);
        return id;
    }
}
