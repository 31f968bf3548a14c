namespace IoTStream.Avro;

/// <summary>Under which name the versions of a schema are in a registry.</summary>
public static class SubjectName
{
    /// <summary>One for each topic: its values have one schema, which evolves.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="isKey">Whether it is about the keys of the topic.</param>
    /// <exception cref="ArgumentException"><paramref name="topic"/> is null or empty.</exception>
    public static string Topic(string topic, bool isKey = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        return topic + (isKey ? "-key" : "-value");
    }

    /// <summary>One for each record, whatever topic it is in.</summary>
    /// <param name="schema">The record.</param>
    /// <exception cref="ArgumentNullException"><paramref name="schema"/> is null.</exception>
    public static string Record(AvroSchema schema) => NameOf(schema);

    /// <summary>One for each record of a topic: a topic has several, which evolve by themselves.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="schema">The record.</param>
    /// <exception cref="ArgumentException"><paramref name="topic"/> is null or empty, or the schema has no name.</exception>
    public static string TopicRecord(string topic, AvroSchema schema)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        return $"{topic}-{NameOf(schema)}";
    }

    private static string NameOf(AvroSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return schema is AvroNamedSchema named ? named.FullName : throw new ArgumentException($"A schema of kind {schema.Kind} has no name.", nameof(schema));
    }
}
