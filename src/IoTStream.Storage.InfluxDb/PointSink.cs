using IoTStream.Connectors;

namespace IoTStream.Storage.InfluxDb;

internal sealed class PointSink<T>(InfluxDbTarget target, PointMapping<T> mapping, InfluxDbSinkOptions options) : ISink<T>
{
    public bool AllowsParallelWriters => true;

    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken) =>
        new(new PointWriter<T>(mapping, options, new LineSender(target, options, context), context));
}
