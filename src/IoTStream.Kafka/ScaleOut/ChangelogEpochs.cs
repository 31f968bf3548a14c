using IoTStream.Log;

namespace IoTStream.Kafka.ScaleOut;

/// <summary>The state of a shard as its changelog gave it, as epochs that restore it.</summary>
/// <param name="number">The number of the last epoch.</param>
/// <param name="payloads">The epochs, as they are in an epoch log.</param>
internal sealed class ChangelogEpochs(long number, IEnumerable<byte[]> payloads) : IEpochReader
{
    private readonly IEnumerator<byte[]> _payloads = payloads.GetEnumerator();

    public bool TryRead(out Epoch epoch)
    {
        if (!_payloads.MoveNext())
        {
            epoch = default;
            return false;
        }

        epoch = new Epoch(number, _payloads.Current);
        return true;
    }

    public void Dispose() => _payloads.Dispose();
}
