namespace IoTStream.Core.Tests.Oracle;

/// <summary>What a random process function can do, once in the engine and once in the oracle. All of it is for the current key.</summary>
internal interface IProcessWorld
{
    int Key { get; }

    long Timestamp { get; }

    long Clock { get; }

    bool HasValue { get; }

    int Value { get; set; }

    /// <summary>How many callbacks the key has had; never expires.</summary>
    int CountCallback();

    void ClearValue();

    string List();

    void AddToList(int element);

    void RemoveFirstOfList();

    string Map();

    void PutIntoMap(int entry, int value);

    bool RemoveFromMap(int entry);

    string Sum();

    void AddToSum(int value);

    void ClearSum();

    bool SetTimer(long time, bool isEventTime);

    bool DeleteTimer(long time, bool isEventTime);

    void Emit(string text);

    void EmitAside(string text);
}
