using Microsoft.CodeAnalysis;

namespace IoTStream.Repository.Tests.PublicApi;

/// <summary>The head of a type: accessibility, modifiers, kind, name, base types and constraints.</summary>
internal static class TypeDeclaration
{
    public static string Of(INamedTypeSymbol type)
    {
        string accessibility = type.DeclaredAccessibility switch
        {
            Accessibility.Public => "public",
            Accessibility.Protected => "protected",
            _ => "protected internal",
        };
        if (type.TypeKind == TypeKind.Delegate)
        {
            return $"{accessibility} delegate {type.ToDisplayString(ApiFormat.Member)}";
        }

        string name = type.ToDisplayString(ApiFormat.Type);
        string constraints = type.ToDisplayString(ApiFormat.ConstrainedType)[name.Length..];
        string[] bases = [.. Bases(type)];
        return $"{accessibility} {Modifiers(type)}{Kind(type)} {name}{(bases is [] ? "" : " : " + string.Join(", ", bases))}{constraints}";
    }

    private static string Modifiers(INamedTypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Class, IsStatic: true } => "static ",
        { TypeKind: TypeKind.Class, IsAbstract: true } => "abstract ",
        { TypeKind: TypeKind.Class, IsSealed: true } => "sealed ",
        { TypeKind: TypeKind.Struct } => (type.IsReadOnly ? "readonly " : "") + (type.IsRefLikeType ? "ref " : ""),
        _ => "",
    };

    private static string Kind(INamedTypeSymbol type) => type.TypeKind switch
    {
        TypeKind.Class => type.IsRecord ? "record" : "class",
        TypeKind.Struct => IsRecordStruct(type) ? "record struct" : "struct",
        TypeKind.Interface => "interface",
        TypeKind.Enum => "enum",
        TypeKind.Extension => "extension",
        _ => throw new NotSupportedException($"{type} is a {type.TypeKind}, which a listing does not know."),
    };

    // Metadata does not tell record structs apart but by what the compiler wrote for them.
    private static bool IsRecordStruct(INamedTypeSymbol type) =>
        type.GetMembers("ToString").OfType<IMethodSymbol>().Any(method => method.Parameters is [] && method.IsCompilerGenerated());

    private static IEnumerable<string> Bases(INamedTypeSymbol type)
    {
        if (type.TypeKind == TypeKind.Enum)
        {
            return type.EnumUnderlyingType!.SpecialType == SpecialType.System_Int32 ? [] : [type.EnumUnderlyingType.ToDisplayString(ApiFormat.Type)];
        }

        // The compiler writes down every interface; a reader needs those that do not follow from the others.
        HashSet<INamedTypeSymbol> implied = new(
            type.Interfaces.SelectMany(direct => direct.AllInterfaces).Concat(type.BaseType?.AllInterfaces ?? []), SymbolEqualityComparer.Default);
        IEnumerable<INamedTypeSymbol> bases = type.Interfaces
            .Where(direct => direct.DeclaredAccessibility == Accessibility.Public && !implied.Contains(direct));
        return bases.Select(direct => direct.ToDisplayString(ApiFormat.Type)).Order(StringComparer.Ordinal)
            .Prepend(type.BaseType is { SpecialType: SpecialType.None } parent ? parent.ToDisplayString(ApiFormat.Type) : null)
            .OfType<string>();
    }
}
