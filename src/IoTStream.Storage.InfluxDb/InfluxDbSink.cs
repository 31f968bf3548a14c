using IoTStream.Connectors;

namespace IoTStream.Storage.InfluxDb;

/// <summary>Sinks that write points to InfluxDB, as line protocol over HTTP.</summary>
public static class InfluxDbSink
{
    /// <summary>Writes a point for each record.</summary>
    /// <remarks>
    /// At least once; and since a point that is written again replaces itself, what is stored is the same as if each had been written once, provided that a record becomes the same point each time: its
    /// timestamp has to come from the record, not from the clock. Each lane has a writer of its own, and writers keep no order among each other.
    /// </remarks>
    /// <param name="target">The database or bucket.</param>
    /// <param name="mapping">Which point a record becomes; one with no field is left out and counted as rejected.</param>
    /// <param name="options">How points are written.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="ArgumentException">The mapping has no field.</exception>
    public static ISink<T> To<T>(InfluxDbTarget target, PointMapping<T> mapping, InfluxDbSinkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(mapping);
        return mapping.HasFields
            ? new PointSink<T>(target, mapping, options ?? new InfluxDbSinkOptions())
            : throw new ArgumentException("A point needs at least one field: call Field.", nameof(mapping));
    }
}
