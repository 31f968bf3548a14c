namespace IoTStream.Connectors;

/// <summary>Which shard, of how many of a topology that is scaled out, a source or a sink is opened for. Immutable and thread-safe.</summary>
/// <param name="index">Which one it is, from 0.</param>
/// <param name="count">How many there are: the same for as long as the application exists.</param>
internal abstract class ShardPlace(int index, int count)
{
    public int Index => index;

    public int Count => count;
}
