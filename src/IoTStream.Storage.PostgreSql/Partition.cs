namespace IoTStream.Storage.PostgreSql;

/// <summary>A partition of a table.</summary>
/// <param name="Name">The name in quotes, with its schema.</param>
/// <param name="Range">The times that it has room for; infinite where it is unbounded.</param>
internal sealed record Partition(string Name, TimeRange Range);
