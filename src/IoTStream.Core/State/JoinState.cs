namespace IoTStream.State;

/// <summary>What a join keeps of one key: records of either side that may find a partner yet.</summary>
internal struct JoinState<TLeft, TRight>
{
    public Timeline<TLeft> Left;
    public Timeline<TRight> Right;

    /// <summary>Whether the key has been used since it was last looked at for being idle.</summary>
    public bool IsInUse;
}
