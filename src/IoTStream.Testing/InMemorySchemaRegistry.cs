using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IoTStream.Avro;

namespace IoTStream.Testing;

/// <summary>
/// A registry of Avro schemas in memory with the interface of Confluent's, as far as clients need it: schemas, versions, references, and compatibility. It is the
/// <see cref="SchemaRegistryOptions.Handler"/> of clients, so that no port is needed.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class InMemorySchemaRegistry : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly List<Stored> _schemas = [];
    private readonly Dictionary<string, List<Stored>> _subjects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SchemaCompatibility> _levels = new(StringComparer.Ordinal);

    /// <summary>What is asked of new versions where nothing else is set for a subject; <see cref="SchemaCompatibility.Backward"/> at first, as Confluent's has it.</summary>
    public SchemaCompatibility Compatibility { get; set; } = SchemaCompatibility.Backward;

    /// <summary>How many requests there have been.</summary>
    public int Requests { get; private set; }

    /// <summary>How many of the next requests are answered with 503.</summary>
    public int Failures { get; set; }

    /// <summary>Says what is asked of new versions of a subject.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="compatibility">What is asked.</param>
    public void SetCompatibility(string subject, SchemaCompatibility compatibility)
    {
        lock (_lock)
        {
            _levels[subject] = compatibility;
        }
    }

    /// <inheritdoc/>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using Stream? content = request.Content?.ReadAsStream(cancellationToken);
        JsonNode? body = content is null ? null : JsonNode.Parse(content);
        (HttpStatusCode status, JsonNode answer) = Answer(request.Method.Method, request.RequestUri!, body);
        return new HttpResponseMessage(status) { Content = new StringContent(answer.ToJsonString()), RequestMessage = request };
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));

    private (HttpStatusCode Status, JsonNode Answer) Answer(string method, Uri address, JsonNode? body)
    {
        lock (_lock)
        {
            Requests++;
            if (Failures > 0)
            {
                Failures--;
                return Refuse(HttpStatusCode.ServiceUnavailable, 50003, "out of order, as the test has it");
            }

            string[] path = [.. address.AbsolutePath.Trim('/').Split('/').Select(Uri.UnescapeDataString)];
            try
            {
                return (method, path) switch
                {
                    ("GET", ["schemas", "ids", var id]) => OfId(id),
                    ("GET", ["subjects"]) => (HttpStatusCode.OK, new JsonArray([.. _subjects.Keys.Select(subject => (JsonNode)subject)])),
                    ("GET", ["subjects", var subject, "versions"]) => Versions(subject),
                    ("GET", ["subjects", var subject, "versions", var version]) => OfVersion(subject, version),
                    ("POST", ["subjects", var subject]) => Find(subject, body),
                    ("POST", ["subjects", var subject, "versions"]) => Register(subject, body),
                    ("POST", ["compatibility", "subjects", var subject, "versions"]) => Check(subject, body),
                    _ => Refuse(HttpStatusCode.NotFound, 404, $"there is no {method} {address.AbsolutePath}"),
                };
            }
            catch (Exception invalid) when (invalid is AvroSchemaException or JsonException or InvalidOperationException)
            {
                return Refuse(HttpStatusCode.UnprocessableEntity, 42201, $"Invalid schema: {invalid.Message}");
            }
        }
    }

    private (HttpStatusCode Status, JsonNode Answer) OfId(string id) =>
        int.TryParse(id, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= _schemas.Count
            ? (HttpStatusCode.OK, Message(_schemas[number - 1]))
            : Refuse(HttpStatusCode.NotFound, 40403, $"Schema {id} not found");

    private (HttpStatusCode Status, JsonNode Answer) Versions(string subject) =>
        _subjects.TryGetValue(subject, out List<Stored>? versions)
            ? (HttpStatusCode.OK, new JsonArray([.. versions.Select((_, i) => (JsonNode)(i + 1))]))
            : Refuse(HttpStatusCode.NotFound, 40401, $"Subject '{subject}' not found");

    private (HttpStatusCode Status, JsonNode Answer) OfVersion(string subject, string version)
    {
        if (!_subjects.TryGetValue(subject, out List<Stored>? versions))
        {
            return Refuse(HttpStatusCode.NotFound, 40401, $"Subject '{subject}' not found");
        }

        int number = version == "latest" ? versions.Count : int.TryParse(version, CultureInfo.InvariantCulture, out int parsed) ? parsed : 0;
        return number >= 1 && number <= versions.Count
            ? (HttpStatusCode.OK, Message(versions[number - 1], subject, number))
            : Refuse(HttpStatusCode.NotFound, 40402, $"Version {version} not found");
    }

    private (HttpStatusCode Status, JsonNode Answer) Find(string subject, JsonNode? body)
    {
        if (!_subjects.TryGetValue(subject, out List<Stored>? versions))
        {
            return Refuse(HttpStatusCode.NotFound, 40401, $"Subject '{subject}' not found");
        }

        string text = SameText(Read(body).Schema);
        int place = versions.FindIndex(version => SameText(version.Schema) == text);
        return place >= 0 ? (HttpStatusCode.OK, Message(versions[place], subject, place + 1)) : Refuse(HttpStatusCode.NotFound, 40403, $"Schema not found in subject '{subject}'");
    }

    private (HttpStatusCode Status, JsonNode Answer) Register(string subject, JsonNode? body)
    {
        Stored read = Read(body);
        string text = SameText(read.Schema);
        List<Stored> versions = _subjects.GetValueOrDefault(subject) ?? [];
        if (versions.Find(version => SameText(version.Schema) == text) is { } known)
        {
            return (HttpStatusCode.OK, new JsonObject { ["id"] = known.Id });
        }

        string[] reasons = Reasons(subject, versions, read.Schema);
        if (reasons.Length > 0)
        {
            return Refuse(HttpStatusCode.Conflict, 409, $"Schema being registered is incompatible with an earlier schema of '{subject}': {string.Join(" ", reasons)}");
        }

        // The same schema has the same number in all subjects.
        Stored? stored = _schemas.Find(schema => SameText(schema.Schema) == text);
        if (stored is null)
        {
            stored = read with { Id = _schemas.Count + 1 };
            _schemas.Add(stored);
        }

        versions.Add(stored);
        _subjects[subject] = versions;
        return (HttpStatusCode.OK, new JsonObject { ["id"] = stored.Id });
    }

    private (HttpStatusCode Status, JsonNode Answer) Check(string subject, JsonNode? body)
    {
        string[] reasons = Reasons(subject, _subjects.GetValueOrDefault(subject) ?? [], Read(body).Schema);
        return (HttpStatusCode.OK, new JsonObject { ["is_compatible"] = reasons.Length == 0, ["messages"] = new JsonArray([.. reasons.Select(reason => (JsonNode)reason)]) });
    }

    private string[] Reasons(string subject, List<Stored> versions, AvroSchema schema)
    {
        SchemaCompatibility level = _levels.GetValueOrDefault(subject, Compatibility);
        bool isTransitive = level is SchemaCompatibility.BackwardTransitive or SchemaCompatibility.ForwardTransitive or SchemaCompatibility.FullTransitive;
        bool isBackward = level is SchemaCompatibility.Backward or SchemaCompatibility.BackwardTransitive or SchemaCompatibility.Full or SchemaCompatibility.FullTransitive;
        bool isForward = level is SchemaCompatibility.Forward or SchemaCompatibility.ForwardTransitive or SchemaCompatibility.Full or SchemaCompatibility.FullTransitive;
        List<string> reasons = [];
        for (int i = isTransitive ? 0 : Math.Max(versions.Count - 1, 0); i < versions.Count; i++)
        {
            if (isBackward)
            {
                reasons.AddRange(AvroCompatibility.Check(versions[i].Schema, schema).Select(reason => $"The new schema cannot read data of version {i + 1}: {reason}"));
            }

            if (isForward)
            {
                reasons.AddRange(AvroCompatibility.Check(schema, versions[i].Schema).Select(reason => $"Version {i + 1} cannot read data of the new schema: {reason}"));
            }
        }

        return [.. reasons];
    }

    private Stored Read(JsonNode? body)
    {
        string text = (string?)body?["schema"] ?? throw new AvroSchemaException("There is no schema in the request.");
        JsonArray? references = body!["references"]?.AsArray();
        List<AvroSchema> found = [];
        foreach (JsonNode? reference in references ?? [])
        {
            Include((string?)reference?["subject"] ?? "", (int?)reference?["version"] ?? 0, found);
        }

        return new Stored(0, AvroSchema.Parse(text, found), references?.DeepClone().AsArray());
    }

    private void Include(string subject, int version, List<AvroSchema> found)
    {
        if (!_subjects.TryGetValue(subject, out List<Stored>? versions) || version < 1 || version > versions.Count)
        {
            throw new AvroSchemaException($"There is no version {version} of '{subject}', which the schema refers to.");
        }

        // A schema knows all that it refers to itself, so what it brings along needs no search.
        found.Add(versions[version - 1].Schema);
    }

    // What does not matter for reading may still be what somebody wants to change: defaults, aliases, logical types.
    private static string SameText(AvroSchema schema) => JsonNode.Parse(schema.ToJson() is ['{' or '[' or '"', ..] json ? json : $"\"{schema.ToJson()}\"")!.ToJsonString();

    private static JsonObject Message(Stored schema, string? subject = null, int version = 0)
    {
        var message = new JsonObject { ["schema"] = schema.Schema.ToJson() };
        if (schema.References is not null)
        {
            message["references"] = schema.References.DeepClone();
        }

        if (subject is not null)
        {
            message["subject"] = subject;
            message["id"] = schema.Id;
            message["version"] = version;
        }

        return message;
    }

    private static (HttpStatusCode Status, JsonNode Answer) Refuse(HttpStatusCode status, int code, string reason) =>
        (status, new JsonObject { ["error_code"] = code, ["message"] = reason });

    private sealed record Stored(int Id, AvroSchema Schema, JsonArray? References);
}
