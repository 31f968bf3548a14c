namespace IoTStream.Plan;

/// <summary>What can be wrong with the two streams of a join.</summary>
internal static class JoinErrors
{
    public static IEnumerable<TopologyError> Of<TKey, TLeft, TRight>(string join, KeyedNode<TKey, TLeft> left, KeyedNode<TKey, TRight> right)
        where TKey : notnull
    {
        if (!left.HasEventTime || !right.HasEventTime)
        {
            yield return new(
                "join-without-event-time",
                join,
                $"The join '{join}' goes by event time, but the records of one of its streams have none. Call WithEventTime after the source, " +
                "on either side and on every input of a union.");
        }

        if (left.Hash is null != right.Hash is null)
        {
            yield return new(
                "join-of-different-hashes",
                join,
                $"The join '{join}' has a hash function on the KeyBy of one side and none on the other, so that records of the same key may be " +
                "on different lanes. Give both the same hash function, or neither.");
        }
    }
}
