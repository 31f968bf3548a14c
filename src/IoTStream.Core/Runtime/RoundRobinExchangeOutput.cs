using IoTStream.Connectors;

namespace IoTStream.Runtime;

/// <summary>Sends whole batches to the receivers in turn; with one receiver it gathers.</summary>
internal sealed class RoundRobinExchangeOutput<T>(Ring<T>[] rings, int batchSize) : ExchangeOutput<T>(rings, batchSize)
{
    private int _next;

    protected override void Distribute(scoped in Batch<T> batch)
    {
        BufferOf(_next).Add(batch);
        _next = (_next + 1) % Receivers;
    }
}
