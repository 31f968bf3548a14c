using IoTStream.Connectors;

namespace IoTStream.Runtime;

/// <summary>Sends every record to every receiver.</summary>
internal sealed class BroadcastExchangeOutput<T>(Ring<T>[] rings, int batchSize) : ExchangeOutput<T>(rings, batchSize)
{
    protected override void Distribute(scoped in Batch<T> batch)
    {
        for (int receiver = 0; receiver < Receivers; receiver++)
        {
            BufferOf(receiver).Add(batch);
        }
    }
}
